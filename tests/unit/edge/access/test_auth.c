/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/access/auth.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* A message with these headers: name, value, ..., NULL. */
struct request {
    struct http_message message;
    struct http_header headers[4];
};

static const struct http_message *with(struct request *r, const char *const *pairs)
{
    r->message = (struct http_message){.headers = r->headers};
    for (size_t i = 0; pairs[i] != NULL; i += 2)
        r->headers[r->message.header_count++] =
            (struct http_header){slice_str(pairs[i]), slice_str(pairs[i + 1])};
    return &r->message;
}

#define WITH(r, ...) with((r), (const char *const[]){__VA_ARGS__, NULL})

static void assert_token(struct auth_token t, enum auth_source source, const char *text)
{
    assert_int_equal(t.source, source);
    assert_int_equal(t.text.size, strlen(text));
    assert_true(slice_equal(t.text, slice_str(text)));
}

static void test_sources(void **state)
{
    struct request r;
    struct form query;

    (void)state;
    assert_int_equal(form_parse(SLICE("topic=a&authorization=q.q.q"), &query), OK);
    assert_token(
        auth_find(WITH(&r, "Authorization", "Bearer h.h.h", "Cookie", "c=x.x.x"), &query, "c"),
        AUTH_HEADER, "h.h.h");
    assert_token(auth_find(WITH(&r, "Authorization", "bearer  h.h.h"), NULL, "c"), AUTH_HEADER,
                 "h.h.h");
    /* A header that is there counts, whatever it says. */
    assert_token(auth_find(WITH(&r, "Authorization", "Basic abc"), &query, "c"), AUTH_HEADER, "");
    assert_token(auth_find(WITH(&r, "Authorization", ""), &query, "c"), AUTH_HEADER, "");
    assert_token(auth_find(WITH(&r, "Authorization", "Bearer "), &query, "c"), AUTH_HEADER, "");
    assert_token(auth_find(WITH(&r, "Cookie", "c=x.x.x"), &query, "c"), AUTH_QUERY, "q.q.q");
    assert_token(auth_find(WITH(&r, "Cookie", "c=x.x.x"), NULL, "c"), AUTH_COOKIE, "x.x.x");
    assert_token(auth_find(WITH(&r, "Cookie", "c=x.x.x"), NULL, ""), AUTH_NONE, "");
    form_clear(&query);
}

static void test_cookies(void **state)
{
    struct request r;

    (void)state;
    assert_token(auth_find(WITH(&r, "cookie", "a=1; c=x=y ;b=2"), NULL, "c"), AUTH_COOKIE, "x=y");
    assert_token(auth_find(WITH(&r, "Cookie", "cc=1; xc=2; c"), NULL, "c"), AUTH_NONE, "");
    assert_token(auth_find(WITH(&r, "Cookie", "c="), NULL, "c"), AUTH_COOKIE, "");
    assert_token(auth_find(WITH(&r, "Cookie", "a=1", "Cookie", "c=2"), NULL, "c"), AUTH_COOKIE,
                 "2");
    assert_token(auth_find(WITH(&r, "Cookie", ""), NULL, "c"), AUTH_NONE, "");
}

static void test_origins(void **state)
{
    struct slice bad;

    (void)state;
    assert_true(origins_have("https://a.org, http://b.org:81", SLICE("https://A.org")));
    assert_true(origins_have("https://a.org, http://b.org:81", SLICE("http://b.org:81")));
    assert_false(origins_have("https://a.org", SLICE("https://a.org.evil.org")));
    assert_false(origins_have("https://a.org", SLICE("")));
    assert_false(origins_have("", SLICE("")));
    assert_true(origins_any("https://a.org,*"));
    assert_false(origins_any("https://*"));
    assert_int_equal(origins_check("", &bad), OK);
    assert_int_equal(origins_check("*,https://a.org", &bad), OK);
    assert_int_equal(origins_check("https://a.org,b.org", &bad), ERR_INVALID);
    assert_true(slice_equal(bad, SLICE("b.org")));
    assert_int_equal(origins_check("https://a.org/", &bad), ERR_INVALID);
    assert_int_equal(origins_check("://a", &bad), ERR_INVALID);
    assert_int_equal(origins_check("https://", &bad), ERR_INVALID);
}

static void test_trusted_pages(void **state)
{
    struct request r;

    (void)state;
    assert_true(auth_origin_trusted(WITH(&r, "Origin", "https://a.org"), "https://a.org"));
    assert_true(auth_origin_trusted(WITH(&r, "Host", "Hub:8080", "Origin", "http://hub:8080"), ""));
    assert_true(auth_origin_trusted(WITH(&r, "Host", "hub", "Referer", "http://hub/page?x"), ""));
    assert_true(auth_origin_trusted(WITH(&r, "Referer", "https://a.org"), "https://a.org"));
    assert_false(auth_origin_trusted(WITH(&r, "Host", "hub"), "*"));
    assert_false(auth_origin_trusted(WITH(&r, "Host", "null", "Origin", "null"), "null"));
    assert_false(auth_origin_trusted(WITH(&r, "Host", "hub", "Origin", "http://hub.evil"), ""));
    /* An Origin that is there counts, not the Referer. */
    assert_false(auth_origin_trusted(
        WITH(&r, "Host", "hub", "Origin", "https://evil", "Referer", "http://hub/"), ""));
    assert_false(auth_origin_trusted(WITH(&r, "Host", "hub", "Referer", "/hub"), ""));
}

static void expect_cors(const struct http_message *message, const char *origins,
                        const char *expected)
{
    struct buf out;

    buf_init(&out, 1000);
    cors_write(message, origins, &out);
    buf_char(&out, '\0');
    assert_string_equal(out.data, expected);
    buf_clear(&out);
}

#define EXPOSED                                                                                    \
    "Access-Control-Expose-Headers: Retry-After, Last-Event-ID, Mercure-Last-Event-ID, Link\r\n"

static void test_cors(void **state)
{
    struct request r;

    (void)state;
    expect_cors(WITH(&r, "Origin", "https://a.org"), "", "");
    expect_cors(WITH(&r, "Host", "h"), "https://a.org", "Vary: Origin\r\n");
    expect_cors(WITH(&r, "Origin", "https://b.org"), "https://a.org", "Vary: Origin\r\n");
    expect_cors(WITH(&r, "Origin", "https://a.org"), "https://a.org,*",
                "Vary: Origin\r\nAccess-Control-Allow-Origin: https://a.org\r\n"
                "Access-Control-Allow-Credentials: true\r\n" EXPOSED);
    expect_cors(WITH(&r, "Origin", "https://b.org"), "https://a.org,*",
                "Vary: Origin\r\nAccess-Control-Allow-Origin: *\r\n" EXPOSED);
    /* The star is no origin. */
    expect_cors(WITH(&r, "Origin", "*"), "*",
                "Vary: Origin\r\nAccess-Control-Allow-Origin: *\r\n" EXPOSED);
}

static void test_preflight(void **state)
{
    struct request r;
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    cors_write_preflight(WITH(&r, "Origin", "https://a.org"), "*", METHOD_POST, &out);
    cors_write_preflight(WITH(&r, "Access-Control-Request-Method", "POST"), "*", METHOD_POST, &out);
    cors_write_preflight(
        WITH(&r, "Origin", "https://b.org", "Access-Control-Request-Method", "POST"),
        "https://a.org", METHOD_POST, &out);
    assert_int_equal(out.size, 0);
    cors_write_preflight(
        WITH(&r, "Origin", "https://a.org", "Access-Control-Request-Method", "POST"),
        "https://a.org", METHOD_POST | METHOD_OPTIONS, &out);
    buf_char(&out, '\0');
    assert_string_equal(out.data, "Access-Control-Allow-Methods: POST, OPTIONS\r\n"
                                  "Access-Control-Allow-Headers: authorization, content-type, "
                                  "cache-control, last-event-id\r\n"
                                  "Access-Control-Max-Age: 7200\r\n");
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sources), cmocka_unit_test(test_cookies),
        cmocka_unit_test(test_origins), cmocka_unit_test(test_trusted_pages),
        cmocka_unit_test(test_cors),    cmocka_unit_test(test_preflight),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
