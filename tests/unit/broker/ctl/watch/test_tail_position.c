/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/watch/tail.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_log(void **state)
{
    struct tail_log log;

    (void)state;
    assert_int_equal(tail_read_log(SLICE("{\"epoch\":\"abc\",\"head\":7,\"oldest\":2}"), &log), OK);
    assert_string_equal(log.epoch.text, "abc");
    assert_int_equal(log.head, 7);
    assert_int_equal(log.oldest, 2);
    assert_int_equal(tail_read_log(SLICE("{\"epoch\":\"ABC\",\"head\":7,\"oldest\":2}"), &log),
                     ERR_MALFORMED);
    assert_int_equal(tail_read_log(SLICE("{\"epoch\":\"abc\",\"head\":-7,\"oldest\":2}"), &log),
                     ERR_MALFORMED);
}

static void test_positions(void **state)
{
    const struct epoch epoch = {"abc"};
    uint64_t out = 9;

    (void)state;
    assert_int_equal(tail_position("abc-17", epoch, &out), OK);
    assert_int_equal(out, 17);
    assert_int_equal(tail_position("0", epoch, &out), OK);
    assert_int_equal(out, 0);
    assert_int_equal(tail_position("xyz-17", epoch, &out), ERR_EPOCH);
    assert_int_equal(tail_position("abc-", epoch, &out), ERR_INVALID);
    assert_int_equal(tail_position("-1", epoch, &out), ERR_INVALID);
    assert_int_equal(tail_position("99999999999999999999", epoch, &out), ERR_INVALID);
    assert_int_equal(out, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log),
        cmocka_unit_test(test_positions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
