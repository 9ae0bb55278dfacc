/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Session ids (common/wire/session_id.c). */

#include "common/wire/session_id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_session(const char *text, enum err err, uint64_t incarnation, uint64_t number)
{
    uint64_t i = 1;
    uint64_t n = 2;

    assert_int_equal(session_id_parse(slice_str(text), &i, &n), err);
    assert_int_equal(i, err == OK ? incarnation : 1);
    assert_int_equal(n, err == OK ? number : 2);
}

static void sessions(void **state)
{
    (void)state;
    assert_session("0000000000000007-1", OK, 7, 1);
    assert_session("fedcba9876543210-42", OK, 0xfedcba9876543210, 42);
    assert_session("ffffffffffffffff-18446744073709551615", OK, UINT64_MAX, UINT64_MAX);
    assert_session("", ERR_INVALID, 0, 0);
    assert_session("0000000000000007", ERR_INVALID, 0, 0);
    assert_session("0000000000000007-", ERR_INVALID, 0, 0);
    assert_session("0000000000000007-x", ERR_INVALID, 0, 0);
    assert_session("0000000000000007-1 ", ERR_INVALID, 0, 0);
    assert_session("0000000000000007--1", ERR_INVALID, 0, 0);
    assert_session("0000000000000007+1", ERR_INVALID, 0, 0);
    assert_session("000000000000007-1", ERR_INVALID, 0, 0);
    assert_session("00000000000000007-1", ERR_INVALID, 0, 0);
    assert_session("FEDCBA9876543210-42", ERR_INVALID, 0, 0);
    assert_session("000000000000000g-1", ERR_INVALID, 0, 0);
    assert_session("0000000000000007-18446744073709551616", ERR_INVALID, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
