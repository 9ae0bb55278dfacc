/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/base/buf.h"

#include "tests/lib/mem_fault.c" /* instead of common/base/mem.c */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_content(const struct buf *b, const char *text)
{
    assert_true(buf_ok(b));
    assert_int_equal(b->size, strlen(text));
    assert_memory_equal(b->data, text, b->size);
}

static void writes_everything_one_after_the_other(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 1000);
    assert_true(buf_ok(&b));
    assert_int_equal(buf_all(&b).size, 0);
    buf_append(&b, "ab", 2);
    buf_slice(&b, SLICE("cd"));
    buf_slice(&b, (struct slice){0});
    buf_str(&b, "ef");
    buf_char(&b, 'g');
    buf_u64(&b, 0);
    buf_u64(&b, UINT64_MAX);
    buf_printf(&b, "<%s %d>", "x", -5);
    assert_content(&b, "abcdefg018446744073709551615<x -5>");
    assert_true(slice_equal(buf_all(&b), SLICE("abcdefg018446744073709551615<x -5>")));
    buf_clear(&b);
    assert_null(b.data);
    assert_int_equal(b.limit, 1000);
}

static void keeps_its_content_when_it_grows(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 100000);
    for (unsigned i = 0; i < 100000; i++)
        buf_char(&b, (char)('a' + i % 26));
    assert_true(buf_ok(&b));
    assert_int_equal(b.size, 100000);
    for (unsigned i = 0; i < 100000; i++)
        assert_int_equal(b.data[i], 'a' + i % 26);
    buf_char(&b, 'x');
    assert_false(buf_ok(&b));
    assert_int_equal(b.size, 100000);
    buf_clear(&b);
}

/* A write that does not fit writes nothing, and later writes do nothing. */
static void fails_at_the_limit_and_stays_failed(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 10);
    buf_str(&b, "12345678");
    buf_str(&b, "901");
    assert_false(buf_ok(&b));
    assert_int_equal(b.size, 8);
    buf_char(&b, '9');
    assert_int_equal(b.size, 8);
    assert_null(buf_reserve(&b, 1));
    buf_reset(&b);
    assert_true(buf_ok(&b));
    buf_str(&b, "1234567890");
    assert_content(&b, "1234567890");
    buf_printf(&b, "%d", 1);
    assert_false(buf_ok(&b));
    assert_int_equal(b.size, 10);
    buf_clear(&b);
}

/* Formatting writes a NUL after the text, which needs room too. */
static void formatted_text_at_every_size(void **state)
{
    (void)state;
    for (size_t size = 0; size < 200; size++) {
        struct buf b;

        buf_init(&b, 1000);
        for (size_t i = 0; i < size; i++)
            buf_char(&b, 'x');
        buf_printf(&b, "%s", "1234");
        assert_true(buf_ok(&b));
        assert_int_equal(b.size, size + 4);
        assert_true(b.capacity > b.size);
        assert_memory_equal(b.data + size, "1234", 4);
        buf_clear(&b);
    }
}

static void consumes_from_the_front(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    buf_str(&b, "hello world");
    buf_consume(&b, 0);
    assert_content(&b, "hello world");
    buf_consume(&b, 6);
    assert_content(&b, "world");
    buf_consume(&b, 5);
    assert_content(&b, "");
    buf_str(&b, "again");
    assert_content(&b, "again");
    buf_clear(&b);
}

static void reserves_room_for_the_caller(void **state)
{
    struct buf b;
    char *room;

    (void)state;
    buf_init(&b, 4096);
    buf_str(&b, "ab");
    room = buf_reserve(&b, 1000);
    assert_non_null(room);
    assert_ptr_equal(room, b.data + 2);
    assert_true(b.capacity - b.size >= 1000);
    memset(room, 'c', 1000);
    b.size += 3;
    assert_content(&b, "abccc");
    assert_null(buf_reserve(&b, 4092));
    assert_false(buf_ok(&b));
    buf_clear(&b);
}

static void json(const char *text, size_t size, const char *expected)
{
    struct buf b;

    buf_init(&b, 1000);
    buf_json_string(&b, slice_of(text, size));
    assert_content(&b, expected);
    buf_clear(&b);
}

static void json_strings_are_escaped(void **state)
{
    (void)state;
    json("", 0, "\"\"");
    json("two words", 9, "\"two words\"");
    json("a\"b\\c", 5, "\"a\\\"b\\\\c\"");
    json("\n\r\t\0\x1f", 5, "\"\\n\\u000d\\u0009\\u0000\\u001f\"");
    json("\x7f", 1, "\"\\u007f\"");
    json("\xc3\xa9/", 3, "\"\xc3\xa9/\"");
}

/* Fails each allocation in turn. */
static void survives_without_memory(void **state)
{
    size_t blocks = mem_fault_blocks();

    (void)state;
    for (unsigned n = 1; n <= 4; n++) {
        struct buf b;

        buf_init(&b, 100000);
        mem_fault_at(n);
        for (unsigned i = 0; i < 10000; i++)
            buf_str(&b, "0123456789");
        assert_int_equal(mem_fault_count(), 1);
        assert_false(buf_ok(&b));
        assert_true(b.size < 100000);
        for (size_t i = 0; i < b.size; i++)
            assert_int_equal(b.data[i], '0' + (int)(i % 10));
        buf_printf(&b, "%d", 5); /* writes nothing after a failure */
        buf_reset(&b);
        buf_str(&b, "fine again");
        assert_content(&b, "fine again");
        buf_clear(&b);
    }
    mem_fault_at(0);
    assert_int_equal(mem_fault_blocks(), blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_everything_one_after_the_other),
        cmocka_unit_test(keeps_its_content_when_it_grows),
        cmocka_unit_test(fails_at_the_limit_and_stays_failed),
        cmocka_unit_test(formatted_text_at_every_size),
        cmocka_unit_test(consumes_from_the_front),
        cmocka_unit_test(reserves_room_for_the_caller),
        cmocka_unit_test(json_strings_are_escaped),
        cmocka_unit_test(survives_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
