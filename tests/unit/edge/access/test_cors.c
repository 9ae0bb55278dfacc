/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/access/cors.h"

#include "edge/http/request.h"
#include "tests/lib/request_headers.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

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
    /* "*" is not an origin. */
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
        cmocka_unit_test(test_cors),
        cmocka_unit_test(test_preflight),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
