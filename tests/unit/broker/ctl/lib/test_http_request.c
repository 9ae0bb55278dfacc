/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/http_request.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct http_target parse(const char *url)
{
    char reason[HTTP_TARGET_REASON_SIZE];
    struct http_target t;

    assert_int_equal(http_target_parse(url, &t, reason), OK);
    return t;
}

static void test_urls(void **state)
{
    struct http_target t = parse("http://127.0.0.1:8080");

    (void)state;
    assert_false(t.tls);
    assert_string_equal(t.host, "127.0.0.1");
    assert_string_equal(t.port, "8080");
    assert_string_equal(t.authority, "127.0.0.1:8080");
    assert_string_equal(t.path, "");
    t = parse("https://Example.org/hub/");
    assert_true(t.tls);
    assert_string_equal(t.host, "example.org");
    assert_string_equal(t.port, "443");
    assert_string_equal(t.authority, "example.org");
    assert_string_equal(t.path, "/hub");
    t = parse("[::1]:9");
    assert_string_equal(t.host, "::1");
    assert_string_equal(t.authority, "[::1]:9");
    t = parse("localhost");
    assert_string_equal(t.port, "80");
}

static void test_refused(void **state)
{
    static const char *const bad[] = {"",           "ftp://x",       "http://",  "http://x/?a=1",
                                      "http://x#a", "http://x:abc/", "http:// x"};
    char reason[HTTP_TARGET_REASON_SIZE];
    struct http_target t;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(http_target_parse(bad[i], &t, reason), ERR_INVALID);
}

static void expect(struct buf *out, const char *want)
{
    buf_char(out, '\0');
    assert_string_equal(out->data, want);
    buf_clear(out);
}

static void test_fields(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    http_request_field(&out, "topic", SLICE("a b&c=\xc3\xa4"));
    http_request_field(&out, "x", SLICE(""));
    expect(&out, "topic=a%20b%26c%3D%C3%A4&x=");
}

static void test_request(void **state)
{
    const struct http_target t = parse("http://h:1/p");
    const struct http_request get = {.method = "GET", .path = "/x", .query = SLICE("a=1")};
    const struct http_request post = {.method = "POST",
                                      .path = "/x",
                                      .type = "text/plain",
                                      .body = SLICE("hi"),
                                      .token = SLICE("tok"),
                                      .headers = "A: b\r\n"};
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    http_request_write(&out, &t, &get);
    expect(&out,
           "GET /p/x?a=1 HTTP/1.1\r\nHost: h:1\r\nUser-Agent: belfry/" BELFRY_VERSION "\r\n\r\n");
    buf_init(&out, 1000);
    http_request_write(&out, &t, &post);
    expect(&out, "POST /p/x HTTP/1.1\r\nHost: h:1\r\nUser-Agent: belfry/" BELFRY_VERSION "\r\n"
                 "Authorization: Bearer tok\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n"
                 "A: b\r\n\r\nhi");
}

static void test_token(void **state)
{
    struct slice out;

    (void)state;
    assert_int_equal(http_request_token(SLICE(" \n tok\r\n"), &out), OK);
    assert_true(slice_equal(out, SLICE("tok")));
    assert_int_equal(http_request_token(SLICE(""), &out), OK);
    assert_int_equal(out.size, 0);
    assert_int_equal(http_request_token(SLICE("a\r\nX: y"), &out), ERR_INVALID);
    assert_int_equal(http_request_token(SLICE("a b"), &out), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls),   cmocka_unit_test(test_refused),
        cmocka_unit_test(test_fields), cmocka_unit_test(test_request),
        cmocka_unit_test(test_token),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
