/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/problem_details.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_problem(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 100);
    assert_true(problem_details_text(SLICE("{\"title\":\"t\",\"detail\":\"a\\nb\"}"), &out));
    assert_true(problem_details_text(SLICE("{\"title\":\"t\"}"), &out));
    assert_false(problem_details_text(SLICE("{}"), &out));
    assert_false(problem_details_text(SLICE("<html>"), &out));
    assert_true(slice_equal(buf_all(&out), SLICE("a?bt")));
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_problem),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
