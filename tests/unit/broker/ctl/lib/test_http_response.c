/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/http_response.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* In one piece, and byte by byte. */
static struct http_response *feed(const char *text, size_t step)
{
    struct http_response *r = http_response_create(1000);
    size_t size = strlen(text);

    for (size_t i = 0; i < size; i += step)
        assert_int_equal(
            http_response_feed(r, slice_of(text + i, size - i < step ? size - i : step)), OK);
    return r;
}

static void expect_body(struct http_response *r, const char *want)
{
    assert_true(slice_equal(buf_all(http_response_body(r)), slice_str(want)));
}

static void test_length(void **state)
{
    static const char text[] =
        "HTTP/1.1 200 OK\r\nContent-Type: a/b \r\nX:\r\nContent-Length: 5\r\n\r\nhello";

    (void)state;
    for (size_t step = 1; step < 200; step += 66) {
        struct http_response *r = feed(text, step);

        assert_true(http_response_has_head(r));
        assert_true(http_response_done(r));
        assert_int_equal(http_response_status(r), 200);
        assert_true(slice_equal(http_response_header(r, "content-type"), SLICE("a/b")));
        assert_int_equal(http_response_header(r, "X").size, 0);
        assert_null(http_response_header(r, "Y").data);
        expect_body(r, "hello");
        assert_int_equal(http_response_end(r), OK);
        http_response_destroy(r);
    }
}

static void test_chunked_after_interim(void **state)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 201 Created\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";

    (void)state;
    for (size_t step = 1; step < 300; step += 99) {
        struct http_response *r = feed(text, step);

        assert_int_equal(http_response_status(r), 201);
        assert_null(http_response_header(r, "A").data);
        assert_true(http_response_done(r));
        expect_body(r, "abcde");
        http_response_destroy(r);
    }
}

static void test_until_the_end(void **state)
{
    struct http_response *r = feed("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\ndata", 7);

    (void)state;
    assert_true(http_response_has_head(r));
    assert_false(http_response_done(r));
    expect_body(r, "data");
    assert_int_equal(http_response_end(r), OK);
    assert_true(http_response_done(r));
    http_response_destroy(r);
}

static void test_cut_short(void **state)
{
    struct http_response *r = feed("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", 100);

    (void)state;
    assert_int_equal(http_response_end(r), ERR_CLOSED);
    http_response_destroy(r);
    r = feed("HTTP/1.1 200", 100);
    assert_int_equal(http_response_end(r), ERR_CLOSED);
    http_response_destroy(r);
}

static void test_refused(void **state)
{
    struct http_response *r = http_response_create(4);

    (void)state;
    assert_int_equal(http_response_feed(r, SLICE("SSH-2.0-x\r\n")), ERR_MALFORMED);
    http_response_destroy(r);
    r = http_response_create(4);
    assert_int_equal(
        http_response_feed(r, SLICE("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123456789")),
        ERR_TOO_LARGE);
    http_response_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_length),        cmocka_unit_test(test_chunked_after_interim),
        cmocka_unit_test(test_until_the_end), cmocka_unit_test(test_cut_short),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
