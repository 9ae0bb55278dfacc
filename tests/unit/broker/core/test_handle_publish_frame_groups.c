/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "tests/unit/broker/core/broker_fixture.h"

/* Publishes that are stored all or none, and those with if_last. */

#define BODY_MAX 256

struct group {
    char bytes[64][BODY_MAX];
    struct slice bodies[64];
    size_t count;
};

/* Adds a publish to the frame that begins with number `first`. */
static void add_as(struct group *g, uint64_t seq, uint16_t rest, const char *topic,
                   const char *data)
{
    struct slice topics[] = {slice_str(topic)};
    struct record record = {.origin = 7,
                            .seq = seq,
                            .topic_count = 1,
                            .topics = topics,
                            .data = slice_str(data),
                            .group = rest};
    struct buf out;

    buf_init(&out, BODY_MAX);
    wire_encode_body(&out, &record);
    assert_true(buf_ok(&out));
    memcpy(g->bytes[g->count], out.data, out.size);
    g->bodies[g->count] = slice_of(g->bytes[g->count], out.size);
    g->count++;
    buf_clear(&out);
}

/* Adds a group of `count` from number `first`; the publish at `bad` has an invalid topic. */
static void add_group(struct group *g, uint64_t first, uint16_t count, unsigned bad)
{
    for (uint16_t i = 0; i < count; i++)
        add_as(g, first + i, (uint16_t)(count - 1 - i), i == bad ? "*" : "a", "data");
}

#define SOUND 99

static void send(struct fixture *f, const struct group *g, uint64_t first)
{
    fixture_publish_bodies(f, 7, first - 1, first, g->bodies, g->count);
}

static void assert_refused(const struct fixture *f, size_t index, uint64_t seq, enum err code)
{
    assert_true(index < f->outcome_count);
    assert_int_equal(f->outcomes[index].seq, seq);
    assert_int_equal(f->outcomes[index].code, code);
    assert_int_equal(f->outcomes[index].offset, 0);
}

static void a_valid_group_is_stored(void **state)
{
    struct fixture *f = fixture_running(100);
    struct group g = {.count = 0};

    (void)state;
    add_as(&g, 1, 0, "a", "before");
    add_group(&g, 2, 3, SOUND);
    add_as(&g, 5, 0, "a", "after");
    send(f, &g, 1);
    assert_int_equal(f->writing->count, 5);
    fixture_append(f, OK);
    assert_int_equal(f->offset_count, 5);
    assert_int_equal(f->outcome_count, 0);
    fixture_beacon_says(f, 7, 5, 5);
    fixture_close(f);
}

/* None is stored: the invalid one gets its own error, and the others ERR_CONFLICT. */
static void one_invalid_publish_refuses_all(void **state)
{
    (void)state;
    for (unsigned bad = 0; bad < 3; bad++) {
        struct fixture *f = fixture_running(100);
        struct group g = {.count = 0};

        add_group(&g, 1, 3, bad);
        add_as(&g, 4, 0, "a", "after");
        send(f, &g, 1);
        fixture_append(f, OK);
        assert_int_equal(f->outcome_count, 3);
        for (unsigned i = 0; i < 3; i++)
            assert_refused(f, i, i + 1, i == bad ? ERR_INVALID : ERR_CONFLICT);
        assert_int_equal(f->offset_count, 1); /* the publish after the group */
        fixture_beacon_says(f, 7, 4, 4);
        fixture_close(f);
    }
}

static void one_large_publish_refuses_all(void **state)
{
    (void)state;
    for (unsigned bad = 0; bad < 3; bad++) {
        struct fixture *f = fixture_open();
        struct group g = {.count = 0};
        char large[151];

        f->config.record_bytes = 100;
        fixture_start(f);
        memset(large, 'x', sizeof large - 1);
        large[sizeof large - 1] = '\0';
        for (uint16_t i = 0; i < 3; i++)
            add_as(&g, 1u + i, (uint16_t)(2 - i), "a", i == bad ? large : "small");
        send(f, &g, 1);
        while (f->writing != NULL)
            fixture_append(f, OK);
        assert_int_equal(f->offset_count, 0);
        assert_int_equal(f->outcome_count, 3);
        for (unsigned i = 0; i < 3; i++)
            assert_refused(f, i, i + 1, i == bad ? ERR_TOO_LARGE : ERR_CONFLICT);
        fixture_close(f);
    }
}

/* The rest of the group is missing, so its first publishes are refused. */
static void a_group_cut_by_its_frame(void **state)
{
    struct fixture *f = fixture_running(100);
    struct group g = {.count = 0};

    (void)state;
    add_as(&g, 1, 2, "a", "first of three");
    send(f, &g, 1);
    while (f->writing != NULL)
        fixture_append(f, OK);
    assert_int_equal(f->offset_count, 0);
    assert_int_equal(f->outcome_count, 1);
    assert_refused(f, 0, 1, ERR_MALFORMED);
    fixture_close(f);
}

/* A group is in one batch, even when the batch exceeds its limit. */
static void a_group_is_in_one_batch(void **state)
{
    struct fixture *f = fixture_open();
    struct group g = {.count = 0};

    (void)state;
    f->config.batch_records = 4;
    fixture_start(f);
    add_as(&g, 1, 0, "a", "out with the writer");
    send(f, &g, 1);
    g.count = 0;
    for (uint64_t seq = 2; seq < 5; seq++)
        add_as(&g, seq, 0, "a", "alone");
    add_group(&g, 5, 10, SOUND);
    add_as(&g, 15, 0, "a", "after");
    send(f, &g, 2);
    fixture_append(f, OK);
    assert_int_equal(f->writing->count, 13);
    fixture_append(f, OK);
    assert_int_equal(f->writing->count, 1);
    fixture_append(f, OK);
    assert_int_equal(f->offset_count, 15);
    fixture_close(f);
}

static void all_or_none_when_the_queue_is_full(void **state)
{
    struct fixture *f = fixture_open();
    struct group g = {.count = 0};
    size_t body;

    (void)state;
    add_group(&g, 1, 4, SOUND);
    body = g.bodies[0].size;
    f->config.queue_bytes = 3 * body;
    fixture_start(f);
    for (unsigned i = 0; i < 3; i++) {
        send(f, &g, 1);
        assert_null(f->writing);
    }
    assert_int_equal(f->reports[BROKER_REPORT_QUEUE_FULL], 1); /* once per series */
    assert_int_equal(f->outcome_count, 0);
    g.count = 0;
    add_group(&g, 1, 3, SOUND);
    send(f, &g, 1);
    fixture_append(f, OK);
    assert_int_equal(f->offset_count, 3);
    g.count = 0;
    add_group(&g, 4, 4, SOUND);
    send(f, &g, 4);
    assert_int_equal(f->reports[BROKER_REPORT_QUEUE_FULL], 2); /* another series */
    fixture_beacon_says(f, 7, 3, 3);
    fixture_close(f);
}

/* A resent group is not accepted again, and the next number follows the group. */
static void a_resent_group(void **state)
{
    struct fixture *f = fixture_running(100);
    struct group g = {.count = 0};

    (void)state;
    add_group(&g, 1, 3, SOUND);
    send(f, &g, 1);
    send(f, &g, 1);
    fixture_append(f, OK);
    send(f, &g, 1);
    assert_null(f->writing);
    assert_int_equal(f->offset_count, 3);
    add_as(&g, 4, 0, "a", "new");
    send(f, &g, 1);
    fixture_append(f, OK);
    assert_int_equal(f->offset_count, 4);
    g.count = 0;
    add_group(&g, 8, 2, SOUND); /* a frame before it was lost */
    fixture_publish_bodies(f, 7, 4, 8, g.bodies, g.count);
    assert_null(f->writing);
    fixture_beacon_says(f, 7, 4, 4);
    fixture_close(f);
}

static void an_invalid_group_among_others(void **state)
{
    struct fixture *f = fixture_running(100);
    struct group g = {.count = 0};

    (void)state;
    add_group(&g, 1, 3, SOUND);
    add_group(&g, 4, 3, 1);
    add_group(&g, 7, 3, SOUND);
    send(f, &g, 1);
    while (f->writing != NULL)
        fixture_append(f, OK);
    assert_int_equal(f->offset_count, 6);
    assert_int_equal(f->outcome_count, 3);
    assert_refused(f, 0, 4, ERR_CONFLICT);
    assert_refused(f, 1, 5, ERR_INVALID);
    assert_refused(f, 2, 6, ERR_CONFLICT);
    fixture_close(f);
}

/* A conflict of if_last: the outcome has the offset of the topic's last record. */
static void a_conflict_returns_the_last_offset(void **state)
{
    struct fixture *f = fixture_running(100);
    struct batch *batch;

    (void)state;
    fixture_publish(f, 7, 0, 1, 3, NULL);
    batch = f->writing;
    f->writing = NULL;
    batch->entries[0].result = OK;
    batch->entries[0].offset = ++f->journal.head;
    batch->entries[1].result = ERR_CONFLICT;
    batch->entries[1].offset = 93;
    batch->entries[2].result = ERR_FULL;
    batch->entries[2].offset = 94; /* not used */
    batch->stored = 1;
    broker_appended(f->b, f->now, batch, OK, &f->journal, 1);
    fixture_drain(f);
    assert_int_equal(f->offset_count, 1);
    assert_int_equal(f->outcome_count, 2);
    assert_int_equal(f->outcomes[0].seq, 2);
    assert_int_equal(f->outcomes[0].code, ERR_CONFLICT);
    assert_int_equal(f->outcomes[0].offset, 93);
    assert_int_equal(f->outcomes[1].code, ERR_FULL);
    assert_int_equal(f->outcomes[1].offset, 0);
    fixture_beacon_says(f, 7, 3, 3);
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_valid_group_is_stored),
        cmocka_unit_test(one_invalid_publish_refuses_all),
        cmocka_unit_test(one_large_publish_refuses_all),
        cmocka_unit_test(a_group_cut_by_its_frame),
        cmocka_unit_test(a_group_is_in_one_batch),
        cmocka_unit_test(all_or_none_when_the_queue_is_full),
        cmocka_unit_test(a_resent_group),
        cmocka_unit_test(an_invalid_group_among_others),
        cmocka_unit_test(a_conflict_returns_the_last_offset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
