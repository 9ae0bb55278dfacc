/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/canary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void measures_the_round_trip(void **state)
{
    static struct canary c;

    (void)state;
    canary_init(&c, 1000, 500);
    assert_false(canary_send(&c, 1499, 0, 1));
    assert_true(canary_send(&c, 1500, 1500000, 1));
    assert_false(canary_send(&c, 1500, 1500001, 1));
    canary_returned(&c, 1, 1500750);
    canary_returned(&c, 1, 1500800); /* a duplicate */
    assert_int_equal(c.round_us.total, 1);
    assert_int_equal(c.round_us.sum, 750);
    assert_false(canary_send(&c, 2499, 0, 1));
    assert_true(canary_send(&c, 2500, 0, 1));
    assert_int_equal(c.lost, 0);
}

/* A canary that has not returned when the next one is due counts as lost, even if it returns
 * later. */
static void counts_lost_canaries(void **state)
{
    static struct canary c;

    (void)state;
    canary_init(&c, 1000, 0);
    assert_true(canary_send(&c, 1000, 1000000, 1));
    assert_true(canary_send(&c, 2000, 2000000, 1));
    assert_int_equal(c.lost, 1);
    canary_returned(&c, 1, 2000100);
    assert_int_equal(c.round_us.total, 0);
    canary_returned(&c, 3, 2000100);
    canary_returned(&c, 2, 1999999); /* the clock was set back */
    assert_int_equal(c.round_us.total, 1);
    assert_int_equal(c.round_us.sum, 0);
}

static void disabled(void **state)
{
    static struct canary c;

    (void)state;
    canary_init(&c, 0, 0);
    assert_false(canary_send(&c, 1000000, 0, 1));
}

/* A hundred edges together send about ten per second. */
static void rarer_with_many_edges(void **state)
{
    static struct canary c;

    (void)state;
    canary_init(&c, 1000, 0);
    assert_true(canary_send(&c, 1000, 0, 100));
    canary_returned(&c, 1, 100);
    assert_false(canary_send(&c, 10999, 0, 100));
    assert_true(canary_send(&c, 11000, 0, 100));
    assert_int_equal(c.lost, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_the_round_trip),
        cmocka_unit_test(counts_lost_canaries),
        cmocka_unit_test(disabled),
        cmocka_unit_test(rarer_with_many_edges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
