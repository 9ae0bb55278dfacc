/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/text.h"

#include "common/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_bytes(void **state)
{
    char out[TEXT_SIZE];

    (void)state;
    text_bytes(0, out);
    assert_string_equal(out, "0 B");
    text_bytes(1023, out);
    assert_string_equal(out, "1023 B");
    text_bytes(1536, out);
    assert_string_equal(out, "1.5 KiB");
    text_bytes(5.0 * 1024 * 1024 * 1024, out);
    assert_string_equal(out, "5.0 GiB");
}

static void test_count(void **state)
{
    char out[TEXT_SIZE];

    (void)state;
    text_count(9999, out);
    assert_string_equal(out, "9999");
    text_count(12345, out);
    assert_string_equal(out, "12.3k");
    text_count(4e6, out);
    assert_string_equal(out, "4.0M");
}

static void test_durations(void **state)
{
    char out[TEXT_SIZE];

    (void)state;
    text_duration(1540, out);
    assert_string_equal(out, "1.5 s");
    text_duration(-3, out);
    assert_string_equal(out, "0.0 s");
    text_duration(184000, out);
    assert_string_equal(out, "3m 4s");
    text_duration(2 * 3600e3 + 3 * 60e3, out);
    assert_string_equal(out, "2h 3m");
    text_duration(5 * 86400e3 + 6 * 3600e3, out);
    assert_string_equal(out, "5d 6h");
    text_microseconds(850, out);
    assert_string_equal(out, "850 us");
    text_microseconds(1500, out);
    assert_string_equal(out, "1.5 ms");
}

static void test_times(void **state)
{
    char out[TEXT_SIZE];

    (void)state;
    text_time(0, out);
    assert_string_equal(out, "1970-01-01T00:00:00.000Z");
    text_time(UINT64_C(951782400007), out);
    assert_string_equal(out, "2000-02-29T00:00:00.007Z");
    text_second(UINT64_C(1795163580999), out);
    assert_string_equal(out, "2026-11-20T08:33:00Z");
}

static void expect_clean(const char *text, const char *want)
{
    struct buf out;

    buf_init(&out, 100);
    text_clean(&out, slice_str(text));
    buf_char(&out, '\0');
    assert_string_equal(out.data, want);
    buf_clear(&out);
}

static void test_clean(void **state)
{
    (void)state;
    expect_clean("plain \xc3\xa4 \xe6\xb1\x89", "plain \xc3\xa4 \xe6\xb1\x89");
    expect_clean("\033[2Jx\n\x7f", "?[2Jx??");
    expect_clean("a\xc2\x9b"
                 "b",
                 "a?b"); /* U+009B, another way to write ESC [ */
    expect_clean("a\xc2", "a\xc2");
}

static void test_width(void **state)
{
    (void)state;
    assert_int_equal(text_width(SLICE("a\xc3\xa4\xe6\xb1\x89")), 3);
    assert_int_equal(text_cut(SLICE("a\xc3\xa4\xe6\xb1\x89"), 2).size, 3);
    assert_int_equal(text_cut(SLICE("ab"), 5).size, 2);
    assert_int_equal(text_cut(SLICE("ab"), 0).size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),     cmocka_unit_test(test_count),
        cmocka_unit_test(test_durations), cmocka_unit_test(test_times),
        cmocka_unit_test(test_clean),     cmocka_unit_test(test_width),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
