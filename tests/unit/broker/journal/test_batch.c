/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/journal/batch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The batch does not decode bodies: the record only has to point into one. */
static struct record record_in(const char *body, struct slice topics[2])
{
    topics[0] = slice_of(body, 3);
    topics[1] = slice_of(body + 3, 3);
    return (struct record){.flags = RECORD_PRIVATE,
                           .origin = 4,
                           .seq = 5,
                           .retry_ms = 6,
                           .topic_count = 2,
                           .topics = topics,
                           .id = slice_of(body + 6, 2),
                           .data = slice_of(body + 8, 4)};
}

static void keeps_a_copy(void **state)
{
    char body[] = "oneTWOiddata";
    struct slice topics[2];
    struct record record = record_in(body, topics);
    const struct batch_entry *entry;
    struct batch b;

    (void)state;
    batch_init(&b);
    assert_int_equal(batch_add(&b, &record, slice_of(body, 12), 77), OK);
    memset(body, '-', sizeof body);
    memset(topics, 0, sizeof topics);
    assert_int_equal(b.count, 1);
    assert_int_equal(b.bytes, 12);
    entry = &b.entries[0];
    assert_true(slice_equal(entry->body, SLICE("oneTWOiddata")));
    assert_int_equal(entry->time_ms, 77);
    assert_int_equal(entry->record.flags, RECORD_PRIVATE);
    assert_int_equal(entry->record.origin, 4);
    assert_int_equal(entry->record.seq, 5);
    assert_int_equal(entry->record.retry_ms, 6);
    assert_int_equal(entry->record.topic_count, 2);
    assert_true(slice_equal(entry->record.topics[0], SLICE("one")));
    assert_true(slice_equal(entry->record.topics[1], SLICE("TWO")));
    assert_true(slice_equal(entry->record.id, SLICE("id")));
    assert_null(entry->record.type.data); /* absent stays absent */
    assert_true(slice_equal(entry->record.data, SLICE("data")));
    assert_ptr_equal(entry->record.topics[0].data, entry->body.data);
    batch_clear(&b);
}

static void many_and_large(void **state)
{
    static char body[600000];
    struct slice topics[2];
    struct record record = record_in(body, topics);
    struct batch b;

    (void)state;
    memset(body, 'x', sizeof body);
    batch_init(&b);
    for (unsigned i = 0; i < 5000; i++) {
        size_t size = i % 1000 == 999 ? sizeof body : 12 + i % 50;
        body[11] = (char)('a' + i % 26);
        assert_int_equal(batch_add(&b, &record, slice_of(body, size), i), OK);
    }
    assert_int_equal(b.count, 5000);
    for (unsigned i = 0; i < 5000; i++) {
        assert_int_equal(b.entries[i].time_ms, i);
        assert_int_equal(b.entries[i].record.data.data[3], 'a' + (int)(i % 26));
        assert_int_equal((uintptr_t)b.entries[i].record.topics % _Alignof(struct slice), 0);
    }
    batch_clear(&b);
}

static void reused_after_a_reset(void **state)
{
    char body[] = "oneTWOiddata";
    struct slice topics[2];
    struct record record = record_in(body, topics);
    struct batch b;

    (void)state;
    batch_init(&b);
    batch_reset(&b);
    for (int round = 0; round < 3; round++) {
        struct batch_chunk *chunks;
        for (int i = 0; i < 10; i++)
            assert_int_equal(batch_add(&b, &record, slice_of(body, 12), 1), OK);
        batch_set_edge(&b, 1, 2, 3);
        b.stored = 9;
        chunks = b.chunks;
        batch_reset(&b);
        assert_ptr_equal(b.chunks, chunks);
        assert_int_equal(b.count, 0);
        assert_int_equal(b.bytes, 0);
        assert_int_equal(b.edge_count, 0);
        assert_int_equal(b.stored, 0);
    }
    batch_clear(&b);
}

static void a_large_chunk_is_not_kept(void **state)
{
    static char body[600000];
    struct slice topics[2];
    struct record record = record_in(body, topics);
    struct batch b;

    (void)state;
    batch_init(&b);
    assert_int_equal(batch_add(&b, &record, slice_of(body, sizeof body), 1), OK);
    batch_reset(&b);
    assert_null(b.chunks);
    batch_clear(&b);
}

static void the_last_number_of_an_edge_counts(void **state)
{
    struct batch b;

    (void)state;
    batch_init(&b);
    for (uint64_t i = 0; i < 100; i++)
        batch_set_edge(&b, i, 1, 10);
    batch_set_edge(&b, 42, 7, 11);
    batch_set_edge(&b, 0, 8, 12);
    assert_int_equal(b.edge_count, 100);
    assert_int_equal(b.edges[42].accepted, 7);
    assert_int_equal(b.edges[42].seen_ms, 11);
    assert_int_equal(b.edges[0].accepted, 8);
    assert_int_equal(b.edges[99].accepted, 1);
    batch_clear(&b);
}

/* An empty text need not be in the body: the decoder returns "" for it
 * (common/wire/wire_decode.c). */
static void empty_is_not_absent(void **state)
{
    char body[] = "oneTWO";
    struct slice topics[2];
    struct record record = record_in(body, topics);
    struct batch b;

    (void)state;
    record.id = slice_of(NULL, 0);
    record.data = SLICE("");
    batch_init(&b);
    assert_int_equal(batch_add(&b, &record, slice_of(body, 6), 77), OK);
    assert_null(b.entries[0].record.id.data);
    assert_non_null(b.entries[0].record.data.data);
    assert_int_equal(b.entries[0].record.data.size, 0);
    batch_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_a_copy),
        cmocka_unit_test(empty_is_not_absent),
        cmocka_unit_test(many_and_large),
        cmocka_unit_test(reused_after_a_reset),
        cmocka_unit_test(a_large_chunk_is_not_kept),
        cmocka_unit_test(the_last_number_of_an_edge_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
