/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/access/credentials.h"

#include "tests/lib/request_headers.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void assert_token(struct credentials t, enum credentials_source source, const char *text)
{
    assert_int_equal(t.source, source);
    assert_int_equal(t.token.size, strlen(text));
    assert_true(slice_equal(t.token, slice_str(text)));
}

static void test_sources(void **state)
{
    struct request r;
    struct form query;

    (void)state;
    assert_int_equal(form_parse(SLICE("topic=a&authorization=q.q.q"), &query), OK);
    assert_token(credentials_find(WITH(&r, "Authorization", "Bearer h.h.h", "Cookie", "c=x.x.x"),
                                  &query, "c"),
                 CREDENTIALS_HEADER, "h.h.h");
    assert_token(credentials_find(WITH(&r, "Authorization", "bearer  h.h.h"), NULL, "c"),
                 CREDENTIALS_HEADER, "h.h.h");
    /* A header that is present counts, whatever it contains. */
    assert_token(credentials_find(WITH(&r, "Authorization", "Basic abc"), &query, "c"),
                 CREDENTIALS_HEADER, "");
    assert_token(credentials_find(WITH(&r, "Authorization", ""), &query, "c"), CREDENTIALS_HEADER,
                 "");
    assert_token(credentials_find(WITH(&r, "Authorization", "Bearer "), &query, "c"),
                 CREDENTIALS_HEADER, "");
    assert_token(credentials_find(WITH(&r, "Cookie", "c=x.x.x"), &query, "c"), CREDENTIALS_QUERY,
                 "q.q.q");
    assert_token(credentials_find(WITH(&r, "Cookie", "c=x.x.x"), NULL, "c"), CREDENTIALS_COOKIE,
                 "x.x.x");
    assert_token(credentials_find(WITH(&r, "Cookie", "c=x.x.x"), NULL, ""), CREDENTIALS_NONE, "");
    form_clear(&query);
}

static void test_cookies(void **state)
{
    struct request r;

    (void)state;
    assert_token(credentials_find(WITH(&r, "cookie", "a=1; c=x=y ;b=2"), NULL, "c"),
                 CREDENTIALS_COOKIE, "x=y");
    assert_token(credentials_find(WITH(&r, "Cookie", "cc=1; xc=2; c"), NULL, "c"), CREDENTIALS_NONE,
                 "");
    assert_token(credentials_find(WITH(&r, "Cookie", "c="), NULL, "c"), CREDENTIALS_COOKIE, "");
    assert_token(credentials_find(WITH(&r, "Cookie", "a=1", "Cookie", "c=2"), NULL, "c"),
                 CREDENTIALS_COOKIE, "2");
    assert_token(credentials_find(WITH(&r, "Cookie", ""), NULL, "c"), CREDENTIALS_NONE, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_cookies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
