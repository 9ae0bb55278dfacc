/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/json_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_members(void **state)
{
    const struct slice json = SLICE("{\"n\":7,\"less\":-1,\"t\":\"a text\",\"f\":1.5}");
    char text[5] = "";
    uint64_t number = 99;

    (void)state;
    assert_true(json_read_number_of(json, "n", &number));
    assert_int_equal(number, 7);
    assert_false(json_read_number_of(json, "less", &number));
    assert_false(json_read_number_of(json, "f", &number));
    assert_false(json_read_number_of(json, "t", &number));
    assert_false(json_read_number_of(json, "none", &number));
    assert_false(json_read_number_of(SLICE("no"), "n", &number));
    assert_int_equal(number, 7);
    assert_true(json_read_text_of(json, "t", text, sizeof text));
    assert_string_equal(text, "a te");
    assert_false(json_read_text_of(json, "n", text, sizeof text));
    assert_false(json_read_text_of(SLICE("[]"), "t", text, sizeof text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
