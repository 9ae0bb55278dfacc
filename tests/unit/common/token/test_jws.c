/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/token/jws.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void test_split(void **state)
{
    struct jws jws;

    (void)state;
    assert_int_equal(jws_split(SLICE("ab.cde.f"), &jws), OK);
    assert_true(slice_equal(jws.header, SLICE("ab")));
    assert_true(slice_equal(jws.payload, SLICE("cde")));
    assert_true(slice_equal(jws.signature, SLICE("f")));
    assert_true(slice_equal(jws.signed_part, SLICE("ab.cde")));
    assert_int_equal(jws_split(SLICE("ab.cde."), &jws), OK);
    assert_int_equal(jws.signature.size, 0);
}

static void test_not_split(void **state)
{
    static const char *const bad[] = {"",     ".",    "..",      "...",    "ab",    "ab.cd",
                                      ".b.c", "a..c", "a.b.c.d", "a.b.c.", "a.b..", "a.b.c.d.e"};
    struct jws jws;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(jws_split(slice_str(bad[i]), &jws), ERR_MALFORMED);
    assert_int_equal(jws_split(slice_of(NULL, 0), &jws), ERR_MALFORMED);
}

static void test_algs(void **state)
{
    (void)state;
    for (unsigned alg = 0; alg < JWS_ALG_ANY; alg++) {
        const char *name = jws_alg_info((enum jws_alg)alg)->name;

        assert_int_equal(jws_alg_find(slice_str(name)), alg);
    }
    assert_int_equal(jws_alg_find(SLICE("none")), JWS_ALG_ANY);
    assert_int_equal(jws_alg_find(SLICE("")), JWS_ALG_ANY);
    assert_int_equal(jws_alg_find(SLICE("hs256")), JWS_ALG_ANY);
    assert_int_equal(jws_alg_find(SLICE("HS2566")), JWS_ALG_ANY);
    assert_int_equal(jws_alg_find(SLICE("ES256K")), JWS_ALG_ANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_not_split),
        cmocka_unit_test(test_algs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
