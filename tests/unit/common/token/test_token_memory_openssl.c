/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/token/token.h"

#include "tests/lib/mem_fault.c" /* instead of common/base/mem.c */
#include "tests/unit/common/token/token_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* Each allocation fails in turn: the error is ERR_NO_MEMORY, and nothing is leaked or half done. */

#define ROUNDS_MAX 200

static void test_keyring(void **state)
{
    char reason[KEYRING_REASON_SIZE];
    size_t blocks = mem_fault_blocks();
    struct keyring k;
    unsigned n = 1;
    enum err err;

    (void)state;
    do {
        reason[0] = '\0';
        keyring_init(&k);
        mem_fault_at(n);
        err = keyring_add(&k, JWS_ALG_ANY, SLICE(MIXED_JWKS), reason);
        if (err != OK) {
            assert_int_equal(mem_fault_count(), 1);
            assert_int_equal(err, ERR_NO_MEMORY);
            assert_non_null(strstr(reason, "out of memory"));
            assert_int_equal(k.count, 0);
        }
        keyring_clear(&k);
        mem_fault_at(0);
        assert_int_equal(mem_fault_blocks(), blocks);
        n++;
    } while (err != OK && n < ROUNDS_MAX);
    assert_int_equal(err, OK);
    assert_true(n > 8);
}

static void test_verify(void **state)
{
    const struct token_rules rules = {0};
    char reason[KEYRING_REASON_SIZE];
    enum token_error error;
    struct keyring k;
    unsigned n = 1;
    size_t blocks;

    (void)state;
    keyring_init(&k);
    assert_int_equal(keyring_add(&k, JWS_ALG_ANY, SLICE(SECRET_64), reason), OK);
    blocks = mem_fault_blocks();
    do {
        struct grants *grants = NULL;

        reason[0] = '\0';
        mem_fault_at(n);
        error = token_verify(&k, &rules, 0, SLICE(TOKEN_HS256), &grants, reason);
        if (error != TOKEN_OK) {
            assert_int_equal(mem_fault_count(), 1);
            assert_int_equal(error, TOKEN_NO_MEMORY);
            assert_string_equal(reason, "out of memory");
            assert_null(grants);
        }
        grants_unref(grants);
        mem_fault_at(0);
        assert_int_equal(mem_fault_blocks(), blocks);
        n++;
    } while (error != TOKEN_OK && n < ROUNDS_MAX);
    assert_int_equal(error, TOKEN_OK);
    assert_true(n > 8);
    keyring_clear(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keyring),
        cmocka_unit_test(test_verify),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
