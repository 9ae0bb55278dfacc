/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "tests/unit/edge/core/edge_fixture.h"

#include "tests/lib/mem_fault.c" /* instead of common/base/mem.c */

/* The edge without memory: only the requests that need it fail, and nothing is skipped or
 * truncated. */

static char large[20001];

static struct fixture *open_with_large_records(void)
{
    struct fixture *f = fixture_open();

    memset(large, 'x', sizeof large - 1);
    fixture_join(f, 30);
    f->data = large;
    return f;
}

/* Receives a batch while memory runs out at the n-th call. */
static void batch_without_memory(struct fixture *f, unsigned n, uint64_t from, uint64_t until)
{
    struct wire_frame b = {.type = WIRE_BATCH};

    b.batch.count = fixture_entries(f, from, until, NULL);
    b.batch.entries = f->entries;
    b.batch.epoch = f->epoch;
    b.batch.term = f->term;
    f->head = until;
    mem_fault_at(n);
    edge_received(f->e, f->now, &b);
    assert_int_equal(mem_fault_count(), 1);
    mem_fault_at(0);
    fixture_drain(f);
}

/* A record without memory for its bytes becomes a hole, which is fetched later. */
static void a_record_that_cannot_join_the_tail(void **state)
{
    struct fixture *f = open_with_large_records();
    struct client c;

    (void)state;
    fixture_subscribe(f, &c, "*", "k3f9x2-30", 0);
    batch_without_memory(f, 1, 31, 33);
    assert_int_equal(c.got.size, 0);
    assert_null(fixture_last(f, WIRE_READ)); /* not at once */
    fixture_tick(f, 250);
    assert_non_null(fixture_last(f, WIRE_READ));
    assert_int_equal(fixture_last(f, WIRE_READ)->read.after, 30);
    fixture_records(f, OK, 31, fixture_last(f, WIRE_READ)->read.until, 33);
    fixture_got_records(f, &c, '*', 30, 33);
    fixture_leave(f, &c);
    fixture_close(f);
}

/* The same for records kept behind a hole. */
static void kept_records_that_cannot_join_the_tail(void **state)
{
    struct fixture *f = fixture_open();
    struct wire_frame r = {.type = WIRE_RECORDS};
    struct client c;

    (void)state;
    fixture_join(f, 30);
    memset(large, 'x', sizeof large - 1);
    fixture_subscribe(f, &c, "*", "k3f9x2-30", 0);
    f->data = large;
    fixture_batch(f, 32, 33);
    f->data = "small";
    r.records.request = fixture_last(f, WIRE_READ)->read.request;
    r.records.epoch = f->epoch;
    r.records.oldest = 1;
    r.records.head = 33;
    r.records.next = 31;
    r.records.count = fixture_entries(f, 31, 31, NULL);
    r.records.entries = f->entries;
    mem_fault_at(1);
    edge_received(f->e, f->now, &r);
    assert_int_equal(mem_fault_count(), 1);
    mem_fault_at(0);
    fixture_drain(f);
    fixture_got_records(f, &c, '*', 30, 31);
    fixture_tick(f, 250);
    assert_int_equal(fixture_last(f, WIRE_READ)->read.after, 31);
    assert_int_equal(fixture_last(f, WIRE_READ)->read.until, 33);
    f->data = large;
    fixture_records(f, OK, 32, 33, 33);
    fixture_got_records(f, &c, '*', 31, 33);
    fixture_leave(f, &c);
    fixture_close(f);
}

/* If only the first records of a page fit, they are sent completely, and nothing of the next
 * one. */
static void pages_without_memory(void **state)
{
    unsigned closed = 0;
    unsigned cut = 0;

    (void)state;
    for (unsigned n = 1; n < 12; n++) {
        struct fixture *f = open_with_large_records();
        struct wire_frame r = {.type = WIRE_RECORDS};
        struct client c;
        size_t reads;

        f->config.tail_bytes = 3000;
        edge_destroy(f->e);
        f->sent_count = 0;
        fixture_join(f, 1000);
        fixture_subscribe(f, &c, "a", "k3f9x2-900", 0);
        reads = fixture_count(f, WIRE_READ);
        r.records.request = fixture_last(f, WIRE_READ)->read.request;
        r.records.epoch = f->epoch;
        r.records.oldest = 1;
        r.records.head = r.records.next = 1000;
        r.records.count = fixture_entries(f, 901, 910, "a");
        r.records.entries = f->entries;
        mem_fault_at(n);
        edge_received(f->e, f->now, &r);
        if (mem_fault_count() == 0)
            n = 100;
        mem_fault_at(0);
        fixture_drain(f);
        if (c.closed) {
            closed++;
            assert_int_equal(c.got.size, 0);
        } else {
            bool asks_on = fixture_count(f, WIRE_READ) > reads;

            cut += asks_on;
            fixture_got_records(f, &c, 'a', 900,
                                asks_on ? fixture_last(f, WIRE_READ)->read.after : 910);
        }
        fixture_leave(f, &c);
        fixture_close(f);
    }
    assert_true(closed >= 1);
    assert_true(cut >= 1);
}

static void streams_and_publishes(void **state)
{
    static const struct slice topics[] = {SLICE_INIT("a")};
    const struct subscribe spec = {.selectors = topics, .selector_count = 1};
    struct record record = {.topic_count = 1, .topics = topics, .data = SLICE("hello")};
    size_t blocks = mem_fault_blocks();
    struct fixture *f = fixture_open();
    struct stream *s = NULL;
    int request;

    (void)state;
    fixture_join(f, 30);
    mem_fault_at(1);
    assert_int_equal(edge_subscribe(f->e, f->now, &spec, NULL, &s), ERR_NO_MEMORY);
    assert_null(s);
    mem_fault_at(1);
    assert_int_equal(edge_publish(f->e, f->now, &record, &request), ERR_NO_MEMORY);
    mem_fault_at(0);
    fixture_drain(f);
    assert_int_equal(f->answered_count, 0);
    assert_int_equal(edge_publish(f->e, f->now, &record, &request), OK);
    fixture_drain(f);
    assert_int_equal(fixture_last(f, WIRE_PUBLISH)->publish.first_seq, 1);
    fixture_batch(f, 35, 36); /* kept behind a hole when the edge is destroyed */
    fixture_close(f);
    assert_int_equal(mem_fault_blocks(), blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_that_cannot_join_the_tail),
        cmocka_unit_test(kept_records_that_cannot_join_the_tail),
        cmocka_unit_test(pages_without_memory),
        cmocka_unit_test(streams_and_publishes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
