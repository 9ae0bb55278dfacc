/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/log_range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_log_range(void **state)
{
    struct log_range log;

    (void)state;
    assert_int_equal(log_range_read(SLICE("{\"epoch\":\"abc\",\"head\":7,\"oldest\":2}"), &log),
                     OK);
    assert_string_equal(log.epoch.text, "abc");
    assert_int_equal(log.head, 7);
    assert_int_equal(log_range_read(SLICE("{\"epoch\":\"ABC\",\"head\":7,\"oldest\":2}"), &log),
                     ERR_MALFORMED);
    assert_int_equal(log_range_read(SLICE("{\"epoch\":\"abc\",\"head\":-7,\"oldest\":2}"), &log),
                     ERR_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
