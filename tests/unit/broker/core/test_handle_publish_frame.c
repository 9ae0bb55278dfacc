/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "tests/unit/broker/core/broker_fixture.h"

#include "tests/lib/mem_fault.c" /* in the place of common/base/mem.c */

static uint64_t figure(struct fixture *f, const char *name)
{
    struct wire_frame stats = {.type = WIRE_COMMAND};
    const char *at;

    stats.command.name = SLICE("stats");
    f->answer_count = 0;
    fixture_receive(f, &fixture_peer, &stats);
    at = strstr(f->answer_text, name);
    assert_non_null(at);
    return strtoull(at + strlen(name), NULL, 10);
}

static uint64_t dropped(struct fixture *f)
{
    return figure(f, "\"dropped\":");
}

static void only_the_next_number_is_accepted(void **state)
{
    struct fixture *f = fixture_running(0);
    uint64_t asked;

    (void)state;
    fixture_publish(f, 7, 0, 1, 3, NULL);
    assert_int_equal(f->writing->count, 3);
    fixture_append(f, OK);
    assert_int_equal(f->offset_count, 3);
    fixture_tick(f, 250);
    asked = f->now;
    f->beacons = 0;
    fixture_publish(f, 7, 0, 5, 2, NULL); /* 4 was lost */
    while (f->beacons == 0)
        fixture_tick(f, 5);
    assert_true(f->now - asked <= 20); /* so the edge resends soon */
    assert_null(f->writing);
    assert_int_equal(dropped(f), 2);
    fixture_publish(f, 7, 0, 1, 3, NULL); /* resent needlessly */
    assert_null(f->writing);
    fixture_publish(f, 7, 0, 2, 4, NULL); /* 2 .. 5: 4 and 5 are new */
    assert_int_equal(f->writing->count, 2);
    assert_int_equal(f->writing->entries[0].record.seq, 4);
    fixture_append(f, OK);
    assert_int_equal(f->offset_count, 5);
    assert_int_equal(f->offsets[4], 5);
    fixture_beacon_says(f, 7, 5, 5);
    fixture_publish(f, 8, 0, 2, 1, NULL); /* each edge has its own numbers */
    assert_null(f->writing);
    fixture_publish(f, 8, 0, 1, 1, NULL);
    assert_int_equal(f->writing->count, 1);
    fixture_close(f);
}

static void settled_numbers_may_be_skipped(void **state)
{
    struct fixture *f = fixture_running(0);

    (void)state;
    fixture_publish(f, 7, 5, 7, 1, NULL);
    assert_null(f->writing);
    fixture_publish(f, 7, 5, 6, 1, NULL);
    assert_int_equal(f->writing->count, 1);
    assert_int_equal(f->writing->edges[0].accepted, 6);
    fixture_append(f, OK);
    fixture_publish(f, 7, 2, 7, 1, NULL); /* a late frame: the numbers do not decrease */
    assert_int_equal(f->writing->count, 1);
    fixture_beacon_says(f, 7, 7, 6);
    fixture_publish(f, 7, 20, 21, 0, NULL); /* the edge has given up 7 .. 20 */
    fixture_append(f, OK);
    fixture_beacon_says(f, 7, 20, 20);
    fixture_close(f);
}

static void numbers_from_before_a_restart(void **state)
{
    const struct journal_edge edges[] = {{7, 41}, {8, 2}};
    struct fixture *f = fixture_open();

    (void)state;
    f->journal.edges = edges;
    f->journal.edge_count = 2;
    fixture_start(f);
    f->journal.edges = NULL;
    f->journal.edge_count = 0;
    assert_int_equal(f->beacon.edge_count, 0); /* not in the beacon before its first frame */
    fixture_publish(f, 7, 0, 41, 2, NULL);
    assert_int_equal(f->writing->count, 1);
    assert_int_equal(f->writing->entries[0].record.seq, 42);
    fixture_beacon_says(f, 7, 42, 41);
    fixture_close(f);
}

static void an_empty_frame_names_the_edge_soon(void **state)
{
    struct fixture *f = fixture_running(0);
    uint64_t accepted;
    uint64_t resolved;
    uint64_t asked;

    (void)state;
    fixture_tick(f, 250);
    fixture_forget(f);
    asked = f->now;
    fixture_publish(f, 7, 0, 1, 0, NULL);
    assert_null(f->writing);
    while (f->beacons == 0)
        fixture_tick(f, 5);
    assert_true(f->now - asked <= 20);
    assert_true(fixture_progress(f, 7, &accepted, &resolved));
    assert_int_equal(accepted, 0);
    fixture_close(f);
}

static void publishes_to_another_log_are_dropped(void **state)
{
    struct fixture *f = fixture_running(0);
    struct epoch ours = f->journal.epoch;

    (void)state;
    memcpy(f->journal.epoch.text, "other1", 7);
    fixture_publish(f, 7, 9, 1, 1, NULL);
    fixture_publish(f, 7, 9, 1, 1, NULL);
    f->journal.epoch = ours;
    assert_null(f->writing);
    assert_int_equal(f->reports[BROKER_REPORT_FOREIGN_EPOCH], 1);
    assert_int_equal(figure(f, "\"foreign\":"), 2);
    assert_int_equal(f->last_report[BROKER_REPORT_FOREIGN_EPOCH].incarnation, 7);
    fixture_publish(f, 7, 0, 1, 1, NULL); /* the other frame had no effect */
    assert_int_equal(f->writing->count, 1);
    fixture_close(f);
}

/* Each body is refused with its own outcome, and the next ones are accepted. */
static void a_bad_body_is_refused_alone(void **state)
{
    static char large[70000];
    struct fixture *f = fixture_open();
    struct slice bad[5];
    struct slice long_body;
    struct buf copies;

    (void)state;
    f->config.record_bytes = 60000;
    fixture_start(f);
    memset(large, 'x', sizeof large - 1);
    buf_init(&copies, 1u << 20);
    bad[0] = SLICE("\xc1 no body");
    long_body = fixture_body(f, 7, 2, NULL, large);
    bad[1] = long_body;
    fixture_publish_bodies(f, 7, 0, 1, bad, 2);
    buf_slice(&copies, fixture_body(f, 7, 99, NULL, "another number"));
    bad[0] = slice_of(NULL, copies.size);
    buf_slice(&copies, fixture_body(f, 8, 4, NULL, "another edge"));
    bad[1] = slice_of(NULL, copies.size - bad[0].size);
    buf_slice(&copies, fixture_body(f, 7, 5, "two\nlines", "an invalid id"));
    bad[2] = slice_of(NULL, copies.size - bad[0].size - bad[1].size);
    bad[0].data = copies.data;
    bad[1].data = bad[0].data + bad[0].size;
    bad[2].data = bad[1].data + bad[1].size;
    bad[3] = fixture_body(f, 7, 6, NULL, "sound");
    fixture_publish_bodies(f, 7, 0, 3, bad, 4);
    assert_int_equal(f->outcome_count, 5);
    assert_int_equal(f->outcomes[0].code, ERR_MALFORMED);
    assert_int_equal(f->outcomes[1].code, ERR_TOO_LARGE);
    assert_int_equal(f->outcomes[2].code, ERR_MALFORMED);
    assert_int_equal(f->outcomes[3].code, ERR_MALFORMED);
    assert_int_equal(f->outcomes[4].code, ERR_INVALID);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(f->outcomes[i].seq, i + 1);
        assert_int_equal(f->outcomes[i].offset, 0);
        assert_int_equal(f->outcome_incarnations[i], 7);
    }
    assert_int_equal(f->reports[BROKER_REPORT_BAD_PUBLISH], 1);
    assert_int_equal(figure(f, "\"refused\":"), 5);
    while (f->writing != NULL)
        fixture_append(f, OK);
    assert_int_equal(f->offset_count, 1);
    fixture_beacon_says(f, 7, 6, 6);
    buf_clear(&copies);
    fixture_close(f);
}

static void publishes_beyond_the_queue_are_dropped(void **state)
{
    struct fixture *f = fixture_open();
    size_t taken;

    (void)state;
    f->config.queue_bytes = 200;
    fixture_start(f);
    fixture_publish(f, 7, 0, 1, 100, NULL);
    taken = f->writing->count;
    assert_in_range(taken, 5, 30);
    fixture_publish(f, 7, 0, taken + 1, 1, NULL);
    assert_int_equal(f->reports[BROKER_REPORT_QUEUE_FULL], 1);
    assert_true(dropped(f) == 100 - taken + 1);
    fixture_append(f, OK); /* there is room again */
    fixture_publish(f, 7, 0, taken + 1, 5, NULL);
    assert_int_equal(f->writing->count, 5);
    fixture_publish(f, 7, 0, taken + 6, 100, NULL); /* a new series is reported again */
    assert_int_equal(f->reports[BROKER_REPORT_QUEUE_FULL], 2);
    fixture_close(f);
}

static void batches_close_at_their_limits(void **state)
{
    struct fixture *f = fixture_open();

    (void)state;
    f->config.batch_records = 10;
    fixture_start(f);
    fixture_publish(f, 7, 0, 1, 1, NULL);
    assert_int_equal(f->writing->count, 1); /* a single message does not wait */
    fixture_publish(f, 7, 0, 2, 25, NULL);
    fixture_publish(f, 8, 0, 1, 3, NULL);
    assert_int_equal(f->writing->count, 1);
    fixture_append(f, OK);
    assert_int_equal(f->writing->count, 10);
    fixture_append(f, OK);
    assert_int_equal(f->writing->count, 10);
    fixture_append(f, OK);
    assert_int_equal(f->writing->count, 8);
    assert_int_equal(f->writing->edge_count, 2);
    fixture_append(f, OK);
    assert_null(f->writing);
    assert_int_equal(f->batches, 4);
    assert_int_equal(f->offset_count, 29);
    for (size_t i = 0; i < 29; i++)
        assert_int_equal(f->offsets[i], i + 1);
    fixture_close(f);

    f = fixture_open();
    f->config.batch_bytes = 50;
    fixture_start(f);
    fixture_publish(f, 7, 0, 1, 10, NULL);
    assert_in_range(f->writing->bytes, 50, 80);
    fixture_close(f);
}

static void record_times_do_not_decrease(void **state)
{
    struct fixture *f = fixture_running(0);
    uint64_t first;

    (void)state;
    fixture_publish(f, 7, 0, 1, 1, NULL);
    fixture_append(f, OK);
    first = f->last_time_ms;
    assert_int_equal(first, f->unix_ms);
    f->unix_ms -= 60000;
    fixture_publish(f, 7, 0, 2, 1, NULL);
    fixture_append(f, OK);
    assert_int_equal(f->last_time_ms, first);
    f->unix_ms = first + 5;
    fixture_publish(f, 7, 0, 3, 1, NULL);
    fixture_append(f, OK);
    assert_int_equal(f->last_time_ms, first + 5);
    fixture_close(f);
}

static void a_full_table_of_edges(void **state)
{
    struct fixture *f = fixture_open();

    (void)state;
    f->config.edges = 2;
    fixture_start(f);
    fixture_publish(f, 1, 0, 1, 0, NULL);
    fixture_publish(f, 2, 0, 1, 0, NULL);
    fixture_publish(f, 3, 0, 1, 1, NULL);
    assert_null(f->writing);
    fixture_beacon_says(f, 1, 0, 0);
    assert_int_equal(f->beacon.edge_count, 2);
    fixture_close(f);
}

static void nothing_is_accepted_after_the_stop(void **state)
{
    struct fixture *f = fixture_running(0);

    (void)state;
    fixture_publish(f, 7, 0, 1, 1, NULL);
    broker_stop(f->b);
    assert_false(broker_idle(f->b));
    fixture_publish(f, 7, 0, 2, 1, NULL);
    fixture_append(f, OK);
    assert_null(f->writing);
    assert_int_equal(f->offset_count, 1);
    assert_true(broker_idle(f->b));
    fixture_close(f);
}

/* Each allocation fails once: the publish is dropped or gets no outcome, and is accepted when it is
 * resent. */
static void survives_without_memory(void **state)
{
    size_t blocks = mem_fault_blocks();

    (void)state;
    for (unsigned n = 1; n <= 3; n++) {
        struct fixture *f = fixture_running(0);
        const struct slice bad = SLICE("\xc1");

        buf_reserve(&f->bodies, 1000);
        fixture_publish(f, 7, 0, 1, 0, NULL);
        mem_fault_at(n);
        fixture_publish(f, 7, 0, 1, 1, NULL);
        if (mem_fault_count() == 1) {
            assert_true(f->writing == NULL || f->writing->count == 0);
            if (f->writing != NULL)
                fixture_append(f, OK);
            assert_int_equal(f->offset_count, 0);
        }
        mem_fault_at(0);
        fixture_publish(f, 7, 0, 1, 1, NULL);
        if (f->writing != NULL)
            fixture_append(f, OK);
        assert_int_equal(f->offset_count, 1);
        mem_fault_at(1); /* without memory for an outcome the beacon is enough */
        fixture_publish_bodies(f, 7, 1, 2, &bad, 1);
        mem_fault_at(0);
        assert_int_equal(f->outcome_count, 0);
        if (f->writing != NULL)
            fixture_append(f, OK);
        fixture_beacon_says(f, 7, 2, 2);
        fixture_close(f);
    }
    assert_int_equal(mem_fault_blocks(), blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_next_number_is_accepted),
        cmocka_unit_test(settled_numbers_may_be_skipped),
        cmocka_unit_test(numbers_from_before_a_restart),
        cmocka_unit_test(an_empty_frame_names_the_edge_soon),
        cmocka_unit_test(publishes_to_another_log_are_dropped),
        cmocka_unit_test(a_bad_body_is_refused_alone),
        cmocka_unit_test(publishes_beyond_the_queue_are_dropped),
        cmocka_unit_test(batches_close_at_their_limits),
        cmocka_unit_test(record_times_do_not_decrease),
        cmocka_unit_test(a_full_table_of_edges),
        cmocka_unit_test(nothing_is_accepted_after_the_stop),
        cmocka_unit_test(survives_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
