/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/token/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define NOW 1000000u

static char detail[TOKEN_DETAIL_SIZE];

static void test_texts(void **state)
{
    (void)state;
    assert_string_equal(token_error_text(TOKEN_OK), "valid");
    assert_string_equal(token_error_text(TOKEN_SIGNATURE), "signature");
    assert_string_equal(token_error_text(TOKEN_EARLY), "not yet valid");
}

static void test_header(void **state)
{
    struct jose_header good = {.alg = JWS_HS256};
    struct jose_header none = {.alg = JWS_ALG_ANY};
    struct jose_header critical = {.alg = JWS_HS256, .critical = true};

    (void)state;
    assert_int_equal(token_check_header(&good, detail), TOKEN_OK);
    assert_int_equal(token_check_header(&none, detail), TOKEN_ALGORITHM);
    assert_int_equal(token_check_header(&critical, detail), TOKEN_MALFORMED);
    assert_true(strncmp(detail, "crit:", 5) == 0);
}

static void test_expired(void **state)
{
    (void)state;
    assert_false(token_expired(GRANTS_FOREVER, 0, UINT64_MAX));
    assert_true(token_expired(0, 0, 0));
    assert_false(token_expired(0, 10, 9)); /* the leeway reaches before 1970 */
    assert_false(token_expired(NOW, 0, NOW - 1));
    assert_true(token_expired(NOW, 0, NOW));
    assert_false(token_expired(NOW, 5, NOW + 4));
    assert_true(token_expired(NOW, 5, NOW + 5));
    assert_false(token_expired(UINT64_MAX - 1, 0, NOW));
}

static enum token_error check(const struct claims *c, const struct token_rules *rules)
{
    detail[0] = '\0';
    return token_check_claims(c, true, rules, NOW, detail);
}

static void test_times(void **state)
{
    struct token_rules rules = {.leeway_ms = 5000};
    struct grants *grants = grants_create((struct slice){0});
    struct claims c = {.grants = grants, .has_exp = true, .exp_ms = NOW};

    (void)state;
    assert_int_equal(check(&c, &rules), TOKEN_OK);
    c.exp_ms = NOW - 4999;
    assert_int_equal(check(&c, &rules), TOKEN_OK);
    c.exp_ms = NOW - 5000;
    assert_int_equal(check(&c, &rules), TOKEN_EXPIRED);
    assert_non_null(strstr(detail, "expired 5 s ago"));
    c.exp_ms = GRANTS_FOREVER;
    c.nbf_ms = NOW + 5000;
    assert_int_equal(check(&c, &rules), TOKEN_OK);
    c.nbf_ms = NOW + 5001;
    assert_int_equal(check(&c, &rules), TOKEN_EARLY);
    assert_non_null(strstr(detail, "another 6 s"));
    c.nbf_ms = GRANTS_FOREVER;
    assert_int_equal(check(&c, &rules), TOKEN_EARLY);
    grants_unref(grants);
}

static void test_modern_must_expire(void **state)
{
    struct token_rules rules = {0};
    struct grants *grants = grants_create((struct slice){0});
    struct claims c = {.grants = grants, .exp_ms = GRANTS_FOREVER};

    (void)state;
    assert_int_equal(check(&c, &rules), TOKEN_OK);
    grants->modern = true;
    assert_int_equal(check(&c, &rules), TOKEN_CLAIMS);
    c.has_exp = true;
    assert_int_equal(check(&c, &rules), TOKEN_OK);
    grants_unref(grants);
}

static void test_issuer(void **state)
{
    const struct slice issuers[] = {SLICE_INIT("https://a"), SLICE_INIT("")};
    struct token_rules rules = {.issuers = issuers, .issuer_count = 2};
    struct grants *grants = grants_create((struct slice){0});
    struct claims c = {.grants = grants, .exp_ms = GRANTS_FOREVER};

    (void)state;
    assert_int_equal(check(&c, &rules), TOKEN_ISSUER);
    assert_non_null(strstr(detail, "missing"));
    c.issuer = SLICE("https://a/");
    assert_int_equal(check(&c, &rules), TOKEN_ISSUER);
    c.issuer = SLICE("https://a");
    assert_int_equal(check(&c, &rules), TOKEN_OK);
    c.issuer = SLICE("");
    assert_int_equal(check(&c, &rules), TOKEN_OK);
    grants_unref(grants);
}

static void test_audience(void **state)
{
    const struct slice audiences[] = {SLICE_INIT("hub"), SLICE_INIT("hub2")};
    struct token_rules rules = {.audiences = audiences, .audience_count = 2};
    struct grants *grants = grants_create((struct slice){0});
    struct claims c = {.grants = grants, .exp_ms = GRANTS_FOREVER};

    (void)state;
    assert_int_equal(check(&c, &rules), TOKEN_AUDIENCE);
    assert_non_null(strstr(detail, "missing"));
    c.audiences[0] = SLICE("other");
    c.audience_count = 1;
    assert_int_equal(check(&c, &rules), TOKEN_AUDIENCE);
    c.audiences[1] = SLICE("hub2");
    c.audience_count = 2;
    assert_int_equal(check(&c, &rules), TOKEN_OK);
    grants_unref(grants);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_expired),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_modern_must_expire),
        cmocka_unit_test(test_issuer),
        cmocka_unit_test(test_audience),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
