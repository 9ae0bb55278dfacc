/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/inbox.h"

#include "tests/lib/mem_fault.c" /* instead of common/base/mem.c */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void keep(struct inbox *i, uint64_t offset, const char *body)
{
    char copy[64] = {0};
    struct entry entry = {offset, 1000 + offset, slice_of(copy, strlen(body))};

    memcpy(copy, body, entry.body.size);
    inbox_keep(i, &entry);
    memset(copy, '-', sizeof copy); /* the inbox must have its own copy */
}

static void assert_taken(struct inbox *i, uint64_t head, const char *body)
{
    const struct entry *entry = inbox_take(i, head);

    assert_non_null(entry);
    assert_int_equal(entry->offset, head + 1);
    assert_int_equal(entry->time_ms, 1001 + head);
    assert_true(slice_equal(entry->body, slice_str(body)));
}

static void a_hole_ends_at_a_kept_record_or_the_head(void **state)
{
    struct inbox i;
    uint64_t until = 99;

    (void)state;
    inbox_init(&i, 10000);
    assert_false(inbox_hole(&i, 0, &until));
    assert_int_equal(until, 99);
    inbox_raise_head(&i, 10);
    assert_true(inbox_hole(&i, 4, &until));
    assert_int_equal(until, 10);
    assert_false(inbox_hole(&i, 10, &until));
    inbox_raise_head(&i, 7); /* late: the head never decreases */
    assert_int_equal(i.known_head, 10);
    keep(&i, 8, "eight");
    assert_true(inbox_hole(&i, 4, &until));
    assert_int_equal(until, 7);
    assert_false(inbox_hole(&i, 7, &until)); /* the kept one is next */
    inbox_reset(&i, 3);
    assert_int_equal(i.bytes, 0);
    assert_false(inbox_hole(&i, 3, &until));
    inbox_reset(&i, 0);
}

static void taken_in_order_once_the_hole_is_filled(void **state)
{
    struct inbox i;
    uint64_t until;

    (void)state;
    inbox_init(&i, 10000);
    keep(&i, 5, "five");
    keep(&i, 6, "six");
    keep(&i, 9, "");
    assert_null(inbox_take(&i, 3));
    assert_taken(&i, 4, "five");
    assert_taken(&i, 4, "five"); /* freed once the head has passed it */
    assert_taken(&i, 5, "six");
    assert_null(inbox_take(&i, 6));
    assert_true(inbox_hole(&i, 6, &until));
    assert_int_equal(until, 8);
    assert_taken(&i, 8, "");
    assert_null(inbox_take(&i, 9));
    assert_int_equal(i.bytes, 0);
    assert_null(i.first);
    inbox_reset(&i, 0);
}

static void kept_and_taken_alternately(void **state)
{
    struct inbox i;

    (void)state;
    inbox_init(&i, 10000);
    keep(&i, 5, "five");
    keep(&i, 6, "six");
    assert_taken(&i, 4, "five");
    assert_taken(&i, 5, "six");
    keep(&i, 7, "seven");
    assert_taken(&i, 5, "six");
    assert_taken(&i, 6, "seven");
    assert_null(inbox_take(&i, 7));
    keep(&i, 9, "nine");
    assert_taken(&i, 8, "nine");
    inbox_reset(&i, 0);
}

static void duplicates_and_latecomers_are_dropped(void **state)
{
    struct inbox i;
    uint64_t bytes;

    (void)state;
    inbox_init(&i, 10000);
    keep(&i, 5, "first");
    bytes = i.bytes;
    keep(&i, 5, "again");
    keep(&i, 4, "before");
    assert_int_equal(i.bytes, bytes);
    keep(&i, 6, "six");
    assert_taken(&i, 4, "first");
    assert_taken(&i, 5, "six");
    assert_null(inbox_take(&i, 100)); /* a fetch has covered all of them */
    assert_int_equal(i.bytes, 0);
    inbox_reset(&i, 0);
}

static void records_beyond_the_limit_are_fetched_later(void **state)
{
    struct inbox i;
    uint64_t until;
    uint64_t kept = 0;

    (void)state;
    inbox_init(&i, 1000);
    for (uint64_t offset = 5; offset < 100; offset++) {
        inbox_raise_head(&i, offset);
        keep(&i, offset, "0123456789");
        assert_true(i.bytes <= 1000);
    }
    for (uint64_t head = 4; inbox_take(&i, head) != NULL; head++)
        kept = head + 1;
    assert_in_range(kept, 10, 30);
    assert_true(inbox_hole(&i, kept, &until));
    assert_int_equal(until, 99);
    inbox_reset(&i, 0);
}

static void records_without_memory_count_as_lost(void **state)
{
    size_t blocks = mem_fault_blocks();
    struct inbox i;
    uint64_t until;

    (void)state;
    inbox_init(&i, 1000);
    keep(&i, 5, "five");
    mem_fault_at(1);
    keep(&i, 6, "six");
    assert_int_equal(mem_fault_count(), 1);
    keep(&i, 7, "seven");
    assert_taken(&i, 4, "five");
    assert_null(inbox_take(&i, 5));
    assert_true(inbox_hole(&i, 5, &until));
    assert_int_equal(until, 6);
    assert_taken(&i, 6, "seven");
    inbox_reset(&i, 0);
    assert_int_equal(mem_fault_blocks(), blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hole_ends_at_a_kept_record_or_the_head),
        cmocka_unit_test(taken_in_order_once_the_hole_is_filled),
        cmocka_unit_test(kept_and_taken_alternately),
        cmocka_unit_test(duplicates_and_latecomers_are_dropped),
        cmocka_unit_test(records_beyond_the_limit_are_fetched_later),
        cmocka_unit_test(records_without_memory_count_as_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
