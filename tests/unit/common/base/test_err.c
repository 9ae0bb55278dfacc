/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const enum err all[] = {
#define X(name, number, text) name,
    ERR_MAP(X)
#undef X
};

#define COUNT (sizeof all / sizeof all[0])

/* Peers exchange the numbers, so they must never change. */
static void numbers_do_not_change(void **state)
{
    (void)state;
    assert_int_equal(OK, 0);
    assert_int_equal(ERR_INVALID, 1);
    assert_int_equal(ERR_TOO_LARGE, 2);
    assert_int_equal(ERR_VERSION, 6);
    assert_int_equal(ERR_DUPLICATE, 10);
    assert_int_equal(ERR_UNAVAILABLE, 17);
    assert_int_equal(ERR_DENIED, 20);
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(all[i], i);
}

static void every_error_has_its_own_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        const char *text = err_text(all[i]);

        assert_true(strlen(text) > 0);
        assert_string_not_equal(text, "unknown error");
        assert_true(text[strlen(text) - 1] != '.');
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(text, err_text(all[k]));
    }
    assert_string_equal(err_text(ERR_MALFORMED), "malformed frame");
}

static void an_unknown_number_has_a_text(void **state)
{
    (void)state;
    assert_string_equal(err_text((enum err)COUNT), "unknown error");
    assert_string_equal(err_text((enum err)9999), "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_do_not_change),
        cmocka_unit_test(every_error_has_its_own_text),
        cmocka_unit_test(an_unknown_number_has_a_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
