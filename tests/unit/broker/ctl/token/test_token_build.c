/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/token/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define NOW UINT64_C(1700000000999)

static struct token_fields fields_of(const char *publish, const char *subscribe)
{
    return (struct token_fields){.publish = publish,
                                 .subscribe = subscribe,
                                 .payload = "",
                                 .subject = "",
                                 .issuer = "",
                                 .audience = ""};
}

static void expect(const struct token_fields *fields, const char *want)
{
    struct buf out;

    buf_init(&out, 1000);
    assert_int_equal(token_build_claims(fields, NOW, &out), OK);
    buf_char(&out, '\0');
    assert_string_equal(out.data, want);
    buf_clear(&out);
}

static void test_claims(void **state)
{
    struct token_fields fields = fields_of("a,b", "*");

    (void)state;
    expect(&fields,
           "{\"iat\":1700000000,\"mercure\":{\"publish\":[\"a\",\"b\"],\"subscribe\":[\"*\"]}}");
    fields = fields_of("", "r");
    fields.payload = "{\"n\":1}";
    fields.subject = "an\"n";
    fields.issuer = "i";
    fields.audience = "h";
    fields.expires_ms = 60000;
    expect(&fields,
           "{\"iss\":\"i\",\"sub\":\"an\\\"n\",\"aud\":\"h\",\"iat\":1700000000,"
           "\"exp\":1700000060,\"mercure\":{\"subscribe\":[\"r\"],\"payload\":{\"n\":1}}}");
    fields = fields_of("a", "");
    expect(&fields, "{\"iat\":1700000000,\"mercure\":{\"publish\":[\"a\"]}}");
    fields = fields_of("", "");
    fields.admin = true;
    expect(&fields, "{\"iat\":1700000000,\"mercure\":{\"admin\":true}}");
}

/* A comma inside an expression of a template does not separate selectors. */
static void test_templates(void **state)
{
    struct token_fields fields = fields_of("a{b,c},d{?e,f},g", "");

    (void)state;
    expect(&fields,
           "{\"iat\":1700000000,\"mercure\":{\"publish\":[\"a{b,c}\",\"d{?e,f}\",\"g\"]}}");
    fields = fields_of("a},b{c,d", "");
    expect(&fields, "{\"iat\":1700000000,\"mercure\":{\"publish\":[\"a}\",\"b{c,d\"]}}");
}

static void test_refused(void **state)
{
    static const char *const bad[] = {",", "a,", ",a", "a,,b"};
    struct token_fields fields;
    struct buf out;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        buf_init(&out, 1000);
        fields = fields_of(bad[i], "");
        assert_int_equal(token_build_claims(&fields, NOW, &out), ERR_INVALID);
        fields = fields_of("", bad[i]);
        assert_int_equal(token_build_claims(&fields, NOW, &out), ERR_INVALID);
        buf_clear(&out);
    }
    buf_init(&out, 10);
    fields = fields_of("a", "b");
    assert_int_equal(token_build_claims(&fields, NOW, &out), ERR_TOO_LARGE);
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
