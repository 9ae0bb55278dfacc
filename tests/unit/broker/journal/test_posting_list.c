/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/journal/posting_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void round_trip(const uint32_t *positions, size_t count, size_t bytes)
{
    struct posting_list_cursor cursor;
    struct buf buf;
    uint32_t position;

    buf_init(&buf, 1 << 20);
    posting_list_encode(&buf, positions, count);
    assert_true(buf_ok(&buf));
    assert_int_equal(buf.size, bytes);
    cursor = posting_list_decode(buf_all(&buf));
    for (size_t i = 0; i < count; i++) {
        assert_true(posting_list_next(&cursor, &position));
        assert_int_equal(position, positions[i]);
    }
    assert_false(posting_list_next(&cursor, &position));
    assert_false(cursor.damaged);
    buf_clear(&buf);
}

static void empty_list(void **state)
{
    (void)state;
    round_trip(NULL, 0, 0);
}

static void small_gaps_take_a_byte(void **state)
{
    static const uint32_t positions[] = {0, 1, 2, 130, 258};

    (void)state;
    round_trip(positions, 5, 5);
}

static void large_gaps(void **state)
{
    static const uint32_t positions[] = {128, 300, 65535, 3000000, UINT32_MAX};

    (void)state;
    round_trip(positions, 5, 2 + 2 + 3 + 4 + 5);
}

static void bytes_are_as_drawn(void **state)
{
    static const uint32_t positions[] = {3, 4, 204};
    struct buf buf;

    (void)state;
    buf_init(&buf, 64);
    posting_list_encode(&buf, positions, 3);
    assert_int_equal(buf.size, 4);
    assert_memory_equal(buf.data, "\x03\x00\xc7\x01", 4); /* 204 - 4 - 1 = 199 */
    buf_clear(&buf);
}

static void damaged(struct slice bytes)
{
    struct posting_list_cursor cursor = posting_list_decode(bytes);
    uint32_t position;
    unsigned count = 0;

    while (posting_list_next(&cursor, &position))
        assert_true(++count < 16);
    assert_true(cursor.damaged);
    assert_false(posting_list_next(&cursor, &position));
}

static void damage_is_noticed(void **state)
{
    (void)state;
    damaged(SLICE("\x80"));                     /* ends within a number */
    damaged(SLICE("\x01\xff\xff"));             /* the same, later */
    damaged(SLICE("\x80\x80\x80\x80\x80\x01")); /* longer than 32 bits need */
    damaged(SLICE("\xff\xff\xff\xff\x7f"));     /* more than 32 bits */
    damaged(SLICE("\xff\xff\xff\xff\x0f\x00")); /* one after the last */
}

static void full_buffer(void **state)
{
    static const uint32_t positions[] = {1, 2, 3};
    struct buf buf;

    (void)state;
    buf_init(&buf, 2);
    posting_list_encode(&buf, positions, 3);
    assert_false(buf_ok(&buf));
    buf_clear(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_list),        cmocka_unit_test(small_gaps_take_a_byte),
        cmocka_unit_test(large_gaps),        cmocka_unit_test(bytes_are_as_drawn),
        cmocka_unit_test(damage_is_noticed), cmocka_unit_test(full_buffer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
