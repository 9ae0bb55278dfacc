/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/token/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define NOW UINT64_C(1700000000999)

static struct token_build wish_of(const char *publish, const char *subscribe)
{
    return (struct token_build){.publish = publish,
                                .subscribe = subscribe,
                                .payload = "",
                                .subject = "",
                                .issuer = "",
                                .audience = ""};
}

static void expect(const struct token_build *wish, const char *want)
{
    struct buf out;

    buf_init(&out, 1000);
    assert_int_equal(token_build_claims(wish, NOW, &out), OK);
    buf_char(&out, '\0');
    assert_string_equal(out.data, want);
    buf_clear(&out);
}

static void test_claims(void **state)
{
    struct token_build wish = wish_of("a,b", "*");

    (void)state;
    expect(&wish,
           "{\"iat\":1700000000,\"mercure\":{\"publish\":[\"a\",\"b\"],\"subscribe\":[\"*\"]}}");
    wish = wish_of("", "r");
    wish.payload = "{\"n\":1}";
    wish.subject = "an\"n";
    wish.issuer = "i";
    wish.audience = "h";
    wish.expires_ms = 60000;
    expect(&wish, "{\"iss\":\"i\",\"sub\":\"an\\\"n\",\"aud\":\"h\",\"iat\":1700000000,"
                  "\"exp\":1700000060,\"mercure\":{\"subscribe\":[\"r\"],\"payload\":{\"n\":1}}}");
    wish = wish_of("a", "");
    expect(&wish, "{\"iat\":1700000000,\"mercure\":{\"publish\":[\"a\"]}}");
    wish = wish_of("", "");
    wish.admin = true;
    expect(&wish, "{\"iat\":1700000000,\"mercure\":{\"admin\":true}}");
}

/* A comma inside an expression of a template does not separate selectors. */
static void test_templates(void **state)
{
    struct token_build wish = wish_of("a{b,c},d{?e,f},g", "");

    (void)state;
    expect(&wish, "{\"iat\":1700000000,\"mercure\":{\"publish\":[\"a{b,c}\",\"d{?e,f}\",\"g\"]}}");
    wish = wish_of("a},b{c,d", "");
    expect(&wish, "{\"iat\":1700000000,\"mercure\":{\"publish\":[\"a}\",\"b{c,d\"]}}");
}

static void test_refused(void **state)
{
    static const char *const bad[] = {",", "a,", ",a", "a,,b"};
    struct token_build wish;
    struct buf out;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        buf_init(&out, 1000);
        wish = wish_of(bad[i], "");
        assert_int_equal(token_build_claims(&wish, NOW, &out), ERR_INVALID);
        wish = wish_of("", bad[i]);
        assert_int_equal(token_build_claims(&wish, NOW, &out), ERR_INVALID);
        buf_clear(&out);
    }
    buf_init(&out, 10);
    wish = wish_of("a", "b");
    assert_int_equal(token_build_claims(&wish, NOW, &out), ERR_TOO_LARGE);
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_claims),
        cmocka_unit_test(test_templates),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
