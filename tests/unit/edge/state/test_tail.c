/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/tail.h"

#include "tests/lib/mem_fault.c" /* counts blocks; instead of common/base/mem.c */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

/* The tail never dereferences a topic, so any pointers will do. */
static struct topic *topic(uintptr_t number)
{
    static char places[300];

    return (struct topic *)(void *)&places[number];
}

static void append(struct tail *t, const char *text, uint16_t topic_count)
{
    struct topic *topics[10];

    for (uint16_t i = 0; i < topic_count; i++)
        topics[i] = topic(i);
    tail_append(t, slice_str(text), topics, topic_count);
}

static void starts_empty_after_any_head(void **state)
{
    struct tail t;

    (void)state;
    tail_init(&t, 1000, 41);
    assert_int_equal(tail_head(&t), 41);
    assert_int_equal(t.first, 42);
    assert_int_equal(t.count, 0);
    assert_false(tail_over(&t));
    append(&t, "x", 1);
    assert_int_equal(tail_head(&t), 42);
    assert_int_equal(t.first, 42);
    assert_int_equal(tail_at(&t, 42)->size, 1);
    tail_clear(&t);
}

static void keeps_the_bytes_and_topics_of_each(void **state)
{
    struct topic *const *topics;
    char text[32];
    uint32_t count;
    struct tail t;

    (void)state;
    tail_init(&t, 1u << 30, 0);
    for (unsigned i = 1; i <= 1000; i++) { /* the ring grows several times */
        (void)snprintf(text, sizeof text, "event %u", i);
        append(&t, text, i % 4);
    }
    for (unsigned i = 1; i <= 1000; i++) {
        const struct tail_record *r = tail_at(&t, i);

        (void)snprintf(text, sizeof text, "event %u", i);
        assert_int_equal(r->size, strlen(text));
        assert_memory_equal(r->sse, text, r->size);
        assert_int_equal(r->topic_count, i % 4);
    }
    for (unsigned i = 1; i <= 1000; i++) {
        topics = tail_oldest_topics(&t, &count);
        assert_int_equal(count, i % 4);
        for (uint32_t k = 0; k < count; k++)
            assert_ptr_equal(topics[k], topic(k));
        tail_shift(&t);
        assert_int_equal(t.first, i + 1);
        assert_int_equal(tail_head(&t), 1000);
    }
    assert_int_equal(t.bytes, 0);
    tail_clear(&t);
}

static void consecutive_records_are_adjacent(void **state)
{
    struct tail t;

    (void)state;
    tail_init(&t, 1u << 30, 0);
    append(&t, "one", 1);
    append(&t, "three", 1);
    assert_ptr_equal(tail_at(&t, 2)->sse, tail_at(&t, 1)->sse + 3);
    tail_clear(&t);
}

/* A window slides over a long log: the ring wraps, chunks are allocated and freed, the number of
 * bytes stays bounded, and the contents stay correct. */
static void slides(void **state)
{
    size_t blocks = mem_fault_blocks();
    size_t most = 0;
    char *text = calloc(1, 3001);
    struct tail t;

    (void)state;
    assert_non_null(text);
    tail_init(&t, 1u << 20, 0);
    for (uint64_t i = 1; i <= 20000; i++) {
        size_t size = 1 + i * 7919 % 3000;

        memset(text, 'a' + (int)(i % 26), size);
        text[size] = '\0';
        append(&t, text, 1 + i % 2);
        while (tail_over(&t))
            tail_shift(&t);
        assert_true(t.bytes <= t.limit);
        assert_int_equal(tail_head(&t), i);
        if (mem_fault_blocks() - blocks > most)
            most = mem_fault_blocks() - blocks;
        for (uint64_t k = t.first; k <= i; k += 97) {
            const struct tail_record *r = tail_at(&t, k);

            assert_int_equal(r->size, 1 + k * 7919 % 3000);
            assert_int_equal(r->sse[0], 'a' + (int)(k % 26));
            assert_int_equal(r->sse[r->size - 1], 'a' + (int)(k % 26));
        }
    }
    assert_true(t.count > 300 && t.count < 1000);
    assert_true(most < 1000); /* half of the records have an array; there are few chunks */
    tail_clear(&t);
    assert_int_equal(mem_fault_blocks(), blocks);
    free(text);
}

static void a_large_record_has_a_chunk_of_its_own(void **state)
{
    size_t blocks = mem_fault_blocks();
    size_t size = 3 * TAIL_CHUNK_SIZE;
    char *text = calloc(1, size + 1);
    struct tail t;

    (void)state;
    assert_non_null(text);
    memset(text, 'L', size);
    tail_init(&t, 1000, 0);
    append(&t, "small", 1);
    append(&t, text, 1);
    append(&t, "next", 1);
    assert_int_equal(tail_at(&t, 2)->size, size);
    assert_int_equal(tail_at(&t, 2)->sse[size - 1], 'L');
    assert_memory_equal(tail_at(&t, 3)->sse, "next", 4);
    assert_int_equal(mem_fault_blocks() - blocks, 4); /* ring and three chunks */
    assert_true(tail_over(&t));
    tail_shift(&t);
    assert_int_equal(mem_fault_blocks() - blocks, 3);
    assert_true(tail_over(&t));
    tail_shift(&t);
    assert_int_equal(mem_fault_blocks() - blocks, 2);
    assert_false(tail_over(&t));
    assert_memory_equal(tail_at(&t, 3)->sse, "next", 4);
    tail_clear(&t);
    assert_int_equal(mem_fault_blocks(), blocks);
    free(text);
}

static void the_newest_record_stays_whatever_its_size(void **state)
{
    struct tail t;

    (void)state;
    tail_init(&t, 1, 0);
    append(&t, "larger than the limit", 1);
    assert_true(t.bytes > t.limit);
    assert_false(tail_over(&t));
    append(&t, "another", 1);
    assert_true(tail_over(&t));
    tail_clear(&t);
}

static void emptied_and_used_again(void **state)
{
    size_t blocks = mem_fault_blocks();
    struct tail t;

    (void)state;
    tail_init(&t, 1000, 0);
    for (uint64_t i = 1; i <= 100000; i++) { /* one chunk is reused without end */
        append(&t, "0123456789", 1);
        assert_memory_equal(tail_at(&t, i)->sse, "0123456789", 10);
        tail_shift(&t);
        assert_int_equal(t.bytes, 0);
    }
    assert_int_equal(mem_fault_blocks() - blocks, 2);
    tail_clear(&t);
    assert_int_equal(mem_fault_blocks(), blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_empty_after_any_head),
        cmocka_unit_test(keeps_the_bytes_and_topics_of_each),
        cmocka_unit_test(consecutive_records_are_adjacent),
        cmocka_unit_test(slides),
        cmocka_unit_test(a_large_record_has_a_chunk_of_its_own),
        cmocka_unit_test(the_newest_record_stays_whatever_its_size),
        cmocka_unit_test(emptied_and_used_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
