/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/base/histogram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void empty(void **state)
{
    static const struct histogram h;

    (void)state;
    assert_int_equal(histogram_quantile(&h, 0), 0);
    assert_int_equal(histogram_quantile(&h, 0.5), 0);
    assert_int_equal(histogram_quantile(&h, 1), 0);
}

/* The quantile of a single value is at most 25 % above it, and never below it. */
static void one_value(uint64_t value)
{
    struct histogram h = {.total = 0};
    uint64_t told;

    histogram_add(&h, value);
    assert_int_equal(h.total, 1);
    told = histogram_quantile(&h, 0.5);
    assert_true(told >= value);
    assert_true(told - value <= value / 4);
    assert_int_equal(histogram_quantile(&h, 0), told);
    assert_int_equal(histogram_quantile(&h, 1), told);
}

static void error_is_at_most_a_quarter(void **state)
{
    (void)state;
    for (uint64_t value = 0; value < 5000; value++)
        one_value(value);
    for (unsigned power = 12; power < 64; power++) {
        uint64_t value = UINT64_C(1) << power;

        one_value(value - 1);
        one_value(value);
        one_value(value + value / 4);
        one_value(value + value / 2 + 1);
    }
    one_value(UINT64_MAX - 1);
    one_value(UINT64_MAX);
}

static void quantiles(void **state)
{
    static struct histogram h;
    uint64_t p50;
    uint64_t p99;

    (void)state;
    for (uint64_t value = 1; value <= 1000; value++)
        histogram_add(&h, value);
    assert_int_equal(h.total, 1000);
    p50 = histogram_quantile(&h, 0.5);
    p99 = histogram_quantile(&h, 0.99);
    assert_in_range(p50, 500, 640);
    assert_in_range(p99, 990, 1280);
    assert_int_equal(histogram_quantile(&h, 0), 1);
    assert_in_range(histogram_quantile(&h, 1), 1000, 1280);
    for (unsigned i = 0; i < 100000; i++)
        histogram_add(&h, 3);
    assert_int_equal(histogram_quantile(&h, 0.5), 3);
    assert_int_equal(histogram_quantile(&h, 0.99), 3);
}

/* Counts below a power of two are exact, and so is the sum. */
static void below(void **state)
{
    static struct histogram h;
    uint64_t sum = 0;

    (void)state;
    for (uint64_t value = 0; value < 5000; value++) {
        histogram_add(&h, value);
        sum += value;
    }
    assert_int_equal(h.sum, sum);
    for (unsigned power = 2; power < 13; power++)
        assert_int_equal(histogram_below(&h, power), UINT64_C(1) << power);
    for (unsigned power = 13; power <= 64; power++)
        assert_int_equal(histogram_below(&h, power), 5000);
    histogram_add(&h, UINT64_MAX);
    assert_int_equal(histogram_below(&h, 63), 5000);
    assert_int_equal(histogram_below(&h, 64), 5001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty),
        cmocka_unit_test(error_is_at_most_a_quarter),
        cmocka_unit_test(quantiles),
        cmocka_unit_test(below),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
