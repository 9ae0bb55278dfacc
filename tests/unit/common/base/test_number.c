/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/base/number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void assert_number(const char *text, uint64_t max, enum err err, uint64_t expected)
{
    uint64_t out = 4711;

    assert_int_equal(number_parse(slice_str(text), max, &out), err);
    assert_int_equal(out, err == OK ? expected : 4711);
}

static void numbers(void **state)
{
    (void)state;
    assert_number("0", 10, OK, 0);
    assert_number("7", 10, OK, 7);
    assert_number("10", 10, OK, 10);
    assert_number("00010", 10, OK, 10);
    assert_number("18446744073709551615", UINT64_MAX, OK, UINT64_MAX);
    assert_number("0", 0, OK, 0);
}

static void beyond_the_limit(void **state)
{
    (void)state;
    assert_number("11", 10, ERR_TOO_LARGE, 0);
    assert_number("9", 5, ERR_TOO_LARGE, 0);
    assert_number("93", 5, ERR_TOO_LARGE, 0);
    assert_number("1", 0, ERR_TOO_LARGE, 0);
    assert_number("18446744073709551616", UINT64_MAX, ERR_TOO_LARGE, 0);
    assert_number("18446744073709551620", UINT64_MAX, ERR_TOO_LARGE, 0);
    assert_number("99999999999999999999", UINT64_MAX, ERR_TOO_LARGE, 0);
    assert_number("184467440737095516150", UINT64_MAX, ERR_TOO_LARGE, 0);
}

/* All numbers around all small limits, to find a wrong comparison. */
static void all_small_numbers(void **state)
{
    (void)state;
    for (unsigned max = 0; max < 130; max++) {
        for (unsigned n = 0; n < 130; n++) {
            char text[16];

            (void)snprintf(text, sizeof text, "%u", n);
            assert_number(text, max, n <= max ? OK : ERR_TOO_LARGE, n);
        }
    }
}

static void invalid_numbers(void **state)
{
    static const char *const texts[] = {"",    "-1",  "+1",  " 1",       "1 ", "1.5", "0x1",
                                        "1e3", "1,0", "one", "\xd9\xa1", ":",  "/"};
    uint64_t out;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_number(texts[i], UINT64_MAX, ERR_INVALID, 0);
    assert_int_equal(number_parse(SLICE("1\0"), 10, &out), ERR_INVALID);
    assert_int_equal(number_parse((struct slice){0}, 10, &out), ERR_INVALID);
}

static void assert_digits(uint64_t number)
{
    char room[NUMBER_DIGITS];
    char expected[32];

    (void)snprintf(expected, sizeof expected, "%llu", (unsigned long long)number);
    assert_true(slice_equal(number_digits(number, room), slice_str(expected)));
}

static void digits(void **state)
{
    (void)state;
    for (uint64_t n = 0; n < 20000; n++)
        assert_digits(n);
    for (uint64_t n = 1; n < UINT64_MAX / 10; n *= 10) {
        assert_digits(n - 1);
        assert_digits(n);
        assert_digits(n + 1);
        assert_digits(n * 9 + 7);
    }
    assert_digits(UINT64_C(10000000000000000000));
    assert_digits(UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(beyond_the_limit),
        cmocka_unit_test(all_small_numbers),
        cmocka_unit_test(invalid_numbers),
        cmocka_unit_test(digits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
