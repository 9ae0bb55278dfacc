/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/journal/recent_index.h"

#include "common/base/mem.h"

#include <stdio.h>
#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct hash_key key = {{9}};
static struct offset_window window;

/* Replaces common/base/mem.c: fails the allocation after this number of others. */
static unsigned attempts_left = UINT32_MAX;

static bool may_allocate(void)
{
    return attempts_left-- > 0;
}

void *mem_alloc(size_t size)
{
    void *block = calloc(1, size);

    assert_non_null(block);
    return block;
}

void *mem_try(size_t size)
{
    return may_allocate() ? malloc(size) : NULL;
}

void *mem_try_resize(void *old, size_t size)
{
    return may_allocate() ? realloc(old, size) : NULL;
}

void mem_free(void *block)
{
    free(block);
}

static void add(struct recent_index *r, const char *first, const char *second)
{
    struct slice topics[2] = {slice_str(first)};
    size_t count = 1;

    if (second != NULL)
        topics[count++] = slice_str(second);
    assert_int_equal(recent_index_add(r, recent_index_next(r) * 10, 100, topics, count), OK);
}

static void assert_found(const struct recent_index *r, const char *topic, uint64_t from,
                         uint64_t until, const char *expected)
{
    char text[256] = "";
    size_t at = 0;

    offset_window_reset(&window, from);
    recent_index_find(r, slice_str(topic), from, until, &window);
    for (uint64_t offset = from; offset_window_next(&window, offset, &offset); offset++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%llu ", (unsigned long long)offset);
    assert_string_equal(text, expected);
}

static void finds_across_parts(void **state)
{
    struct recent_index r;

    (void)state;
    recent_index_init(&r, &key, 100, 3);
    for (int i = 0; i < 8; i++)
        add(&r, i % 2 == 0 ? "even" : "odd", i == 5 ? "five" : NULL);
    assert_int_equal(r.part_count, 3);
    assert_int_equal(recent_index_first(&r), 100);
    assert_int_equal(recent_index_next(&r), 108);
    assert_true(r.oldest->closed);
    assert_false(r.newest->closed);
    assert_found(&r, "even", 100, 107, "100 102 104 106 ");
    assert_found(&r, "odd", 100, 107, "101 103 105 107 ");
    assert_found(&r, "even", 101, 104, "102 104 ");
    assert_found(&r, "five", 100, 107, "105 ");
    assert_found(&r, "none", 100, 107, "");
    recent_index_drop(&r);
    assert_int_equal(recent_index_first(&r), 103);
    assert_found(&r, "even", 100, 107, "104 106 ");
    recent_index_clear(&r);
}

static void counts_per_part(void **state)
{
    struct recent_index r;

    (void)state;
    recent_index_init(&r, &key, 1, 2);
    add(&r, "a", NULL);
    add(&r, "a", "b");
    add(&r, "b", NULL);
    assert_int_equal(r.oldest->first, 1);
    assert_int_equal(r.oldest->count, 2);
    assert_int_equal(r.oldest->bytes, 200);
    assert_int_equal(r.oldest->first_time, 10);
    assert_int_equal(r.oldest->last_time, 20);
    assert_int_equal(r.newest->first, 3);
    assert_int_equal(r.newest->count, 1);
    assert_true(recent_index_part_memory(r.newest) > sizeof *r.newest);
    recent_index_clear(&r);
}

static void a_topic_named_twice(void **state)
{
    struct recent_index r;

    (void)state;
    recent_index_init(&r, &key, 1, 10);
    add(&r, "a", "a");
    assert_int_equal(r.newest->lists[0].count, 1);
    recent_index_clear(&r);
}

static void closing_and_dropping_the_only_part(void **state)
{
    struct recent_index r;

    (void)state;
    recent_index_init(&r, &key, 1, 10);
    recent_index_close(&r);
    assert_false(r.newest->closed); /* empty */
    add(&r, "a", NULL);
    recent_index_close(&r);
    assert_true(r.newest->closed);
    recent_index_drop(&r);
    assert_int_equal(r.part_count, 1);
    assert_int_equal(recent_index_first(&r), 2);
    assert_int_equal(recent_index_next(&r), 2);
    add(&r, "a", NULL);
    assert_found(&r, "a", 1, 10, "2 ");
    recent_index_clear(&r);
}

static void rewinds(void **state)
{
    struct recent_index_mark mark;
    struct recent_index r;

    (void)state;
    recent_index_init(&r, &key, 1, 4);
    for (int i = 0; i < 6; i++)
        add(&r, "a", NULL);
    mark = recent_index_mark(&r);
    for (int i = 0; i < 9; i++)
        add(&r, "a", "new");
    assert_int_equal(r.part_count, 4);
    recent_index_rewind(&r, &mark);
    assert_int_equal(r.part_count, 2);
    assert_int_equal(recent_index_next(&r), 7);
    assert_false(r.newest->closed);
    assert_int_equal(r.newest->bytes, 200);
    assert_int_equal(r.newest->last_time, 60);
    assert_found(&r, "a", 1, 20, "1 2 3 4 5 6 ");
    assert_found(&r, "new", 1, 20, "");
    add(&r, "new", NULL);
    assert_found(&r, "new", 1, 20, "7 ");
    recent_index_clear(&r);
}

static void rewinds_to_a_closed_part(void **state)
{
    struct recent_index_mark mark;
    struct recent_index r;

    (void)state;
    recent_index_init(&r, &key, 1, 2);
    add(&r, "a", NULL);
    add(&r, "a", NULL);
    mark = recent_index_mark(&r);
    add(&r, "a", NULL);
    recent_index_rewind(&r, &mark);
    assert_true(r.newest->closed);
    assert_int_equal(recent_index_next(&r), 3);
    add(&r, "b", NULL);
    assert_int_equal(r.newest->first, 3);
    recent_index_clear(&r);
}

static void nth_newest(void **state)
{
    static const uint64_t expected[] = {15, 13, 11, 9, 7, 5, 3, 1};
    struct recent_index r;
    uint64_t offset = 0;
    uint64_t skip;

    (void)state;
    recent_index_init(&r, &key, 1, 5);
    for (int i = 0; i < 16; i++)
        add(&r, i % 2 == 0 ? "a" : "b", NULL);
    for (uint64_t i = 0; i < 8; i++) {
        skip = i;
        assert_true(recent_index_nth(&r, SLICE("a"), 1, 16, &skip, &offset));
        assert_int_equal(offset, expected[i]);
    }
    skip = 1;
    assert_true(recent_index_nth(&r, SLICE("a"), 1, 12, &skip, &offset));
    assert_int_equal(offset, 9);
    skip = 10;
    assert_false(recent_index_nth(&r, SLICE("a"), 1, 16, &skip, &offset));
    assert_int_equal(skip, 2);
    skip = 4;
    assert_false(recent_index_nth(&r, SLICE("a"), 9, 16, &skip, &offset)); /* 9 11 13 15 */
    assert_int_equal(skip, 0);
    skip = 3;
    assert_false(recent_index_nth(&r, SLICE("none"), 1, 16, &skip, &offset));
    assert_int_equal(skip, 3);
    recent_index_clear(&r);
}

/* Lists all names with records in a range, while records are added and parts dropped. */
static void lists_names(void **state)
{
    struct recent_index_cursor walk = {0};
    struct recent_index_topic names[2];
    char text[256] = "";
    unsigned calls = 0;
    struct recent_index r;

    (void)state;
    recent_index_init(&r, &key, 1, 5);
    for (int i = 0; i < 12; i++)
        add(&r, i % 3 == 0 ? "three" : "a", i < 2 ? "first" : NULL);
    while (!walk.done) {
        size_t count = recent_index_topics(&r, 2, 11, &walk, names, 2);
        assert_true(count <= 2 && ++calls < 20);
        for (size_t i = 0; i < count; i++)
            (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%.*s %u %u, ",
                           (int)names[i].text.size, names[i].text.data, (unsigned)names[i].count,
                           (unsigned)names[i].last);
        add(&r, "new", "newer");
        if (calls == 3)
            recent_index_drop(&r);
    }
    assert_string_equal(text, "three 1 4, first 1 2, a 3 5, a 3 9, three 2 10, a 1 11, ");
    recent_index_clear(&r);
}

/* After any failed allocation the record is absent, and can be added again. */
static void without_memory(void **state)
{
    static const struct slice topics[] = {{"a", 1}, {"new", 3}, {"newer", 5}};
    unsigned failures = 0;
    enum err err = ERR_NO_MEMORY;

    (void)state;
    for (unsigned attempts = 0; err != OK; attempts++) {
        struct recent_index r;
        recent_index_init(&r, &key, 1, 100);
        for (unsigned i = 0; i < 32; i++) { /* the tables are full, and so is the list of "a" */
            char topic[8];
            (void)snprintf(topic, sizeof topic, "t%u", i);
            add(&r, i < 31 ? topic : "a", i < 3 ? "a" : NULL);
        }
        attempts_left = attempts;
        err = recent_index_add(&r, 1, 1, topics, 3);
        attempts_left = UINT32_MAX;
        if (err != OK) {
            assert_int_equal(err, ERR_NO_MEMORY);
            assert_int_equal(recent_index_next(&r), 33);
            assert_found(&r, "a", 1, 99, "1 2 3 32 ");
            assert_found(&r, "new", 1, 99, "");
            assert_int_equal(recent_index_add(&r, 1, 1, topics, 3), OK);
            failures++;
        }
        assert_found(&r, "a", 1, 99, "1 2 3 32 33 ");
        assert_found(&r, "newer", 1, 99, "33 ");
        recent_index_clear(&r);
    }
    assert_true(failures >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_across_parts),
        cmocka_unit_test(counts_per_part),
        cmocka_unit_test(a_topic_named_twice),
        cmocka_unit_test(closing_and_dropping_the_only_part),
        cmocka_unit_test(rewinds),
        cmocka_unit_test(rewinds_to_a_closed_part),
        cmocka_unit_test(nth_newest),
        cmocka_unit_test(lists_names),
        cmocka_unit_test(without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
