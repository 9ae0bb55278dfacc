/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/http/http_parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* The result of parsing some bytes: the first request, or the error. */
struct outcome {
    enum http_event last;
    int status;
    size_t used; /* bytes of the first request */
    bool head_seen;
    char text[2048]; /* method target minor keep|close|; name=value; ... [body] */
};

static const struct http_limits small = {
    .line = 60,
    .header_bytes = 120,
    .header_count = 4,
    .body = 20,
    .chunk_extensions = 12,
    .trailers = 24,
};

static void describe(const struct http_message *m, char *out, size_t size)
{
    int at =
        snprintf(out, size, "%.*s %.*s %u %s;", (int)m->method.size, m->method.data,
                 (int)m->target.size, m->target.data, m->minor, m->keep_alive ? "keep" : "close");

    for (size_t i = 0; i < m->header_count; i++)
        at += snprintf(out + at, size - (size_t)at, " %.*s=%.*s;", (int)m->headers[i].name.size,
                       m->headers[i].name.data, (int)m->headers[i].value.size,
                       m->headers[i].value.data);
    (void)snprintf(out + at, size - (size_t)at, " [%.*s]", (int)m->body.size,
                   m->body.size > 0 ? m->body.data : "");
}

/* Feeds `bytes` in pieces of `piece` bytes until the first request is complete or rejected. Each
 * piece is a copy of its own, so the sanitizer finds reads beyond its end. */
static struct outcome feed(const struct http_limits *limits, const char *bytes, size_t size,
                           size_t piece)
{
    struct http_parser *h = http_parser_create(limits);
    struct outcome o = {.last = HTTP_EVENT_MORE};

    while (o.used < size && (o.last == HTTP_EVENT_MORE || o.last == HTTP_EVENT_HEAD)) {
        size_t n = size - o.used < piece ? size - o.used : piece;
        char *copy = malloc(n);
        size_t used;

        assert_non_null(copy);
        memcpy(copy, bytes + o.used, n);
        o.last = http_parser_feed(h, slice_of(copy, n), &used);
        if (o.last == HTTP_EVENT_MORE)
            assert_int_equal(used, n);
        o.head_seen = o.head_seen || o.last == HTTP_EVENT_HEAD;
        o.used += used;
        free(copy);
    }
    if (o.last == HTTP_EVENT_DONE)
        describe(http_parser_message(h), o.text, sizeof o.text);
    if (o.last == HTTP_EVENT_BAD) {
        o.status = http_parser_problem(h).status;
        (void)snprintf(o.text, sizeof o.text, "%s", http_parser_problem(h).detail);
    }
    http_parser_destroy(h);
    return o;
}

/* The result does not depend on how the bytes are split. */
static struct outcome feed_all_ways(const struct http_limits *limits, const char *bytes)
{
    size_t size = strlen(bytes);
    struct outcome whole = feed(limits, bytes, size, size);

    for (size_t piece = 1; piece < 8; piece++) {
        struct outcome o = feed(limits, bytes, size, piece);

        assert_int_equal(o.last, whole.last);
        assert_int_equal(o.status, whole.status);
        assert_string_equal(o.text, whole.text);
        if (o.last == HTTP_EVENT_DONE)
            assert_int_equal(o.used, whole.used);
    }
    return whole;
}

static void expect(const char *bytes, const char *text)
{
    struct http_limits limits;
    struct outcome o;

    http_limits_init(&limits);
    o = feed_all_ways(&limits, bytes);
    if (o.last != HTTP_EVENT_DONE)
        print_error("for: %s\ngot event %d, status %d: %s\n", bytes, (int)o.last, o.status, o.text);
    assert_int_equal(o.last, HTTP_EVENT_DONE);
    assert_string_equal(o.text, text);
    assert_int_equal(o.used, strlen(bytes));
}

static void refused_by(const struct http_limits *limits, const char *bytes, int status)
{
    struct outcome o = feed_all_ways(limits, bytes);

    if (o.last != HTTP_EVENT_BAD || o.status != status)
        print_error("for: %s\ngot event %d, status %d: %s\n", bytes, (int)o.last, o.status, o.text);
    assert_int_equal(o.last, HTTP_EVENT_BAD);
    assert_int_equal(o.status, status);
    assert_true(strlen(o.text) > 0);
}

static void refused(const char *bytes, int status)
{
    struct http_limits limits;

    http_limits_init(&limits);
    refused_by(&limits, bytes, status);
}

static void test_requests(void **state)
{
    (void)state;
    expect("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / 1 keep; Host=a; []");
    expect("\r\nGET / HTTP/1.1\r\nHost:a:80\r\n\r\n", "GET / 1 keep; Host=a:80; []");
    expect("HEAD /x?y=z HTTP/1.1\r\nHost: [::1]:8080\r\nEmpty:\r\nTrim: \t a b \t \r\n\r\n",
           "HEAD /x?y=z 1 keep; Host=[::1]:8080; Empty=; Trim=a b; []");
    expect("GET http://a/b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
           "GET http://a/b 1 close; Host=a; Connection=close; []");
    expect("GET / HTTP/1.0\r\n\r\n", "GET / 0 close; []");
    expect("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
           "GET / 0 keep; Connection=keep-alive; []");
    expect("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * 1 keep; Host=a; []");
}

static void test_bodies(void **state)
{
    (void)state;
    expect("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
           "POST /p 1 keep; Host=a; Content-Length=5; [hello]");
    expect("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
           "POST /p 1 keep; Host=a; Content-Length=0; []");
    expect("POST /p HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi",
           "POST /p 0 close; Content-Length=2; [hi]");
    expect("POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
           "3\r\nabc\r\n5;x=y\r\ndefgh\r\n0\r\nTrailer: gone\r\n\r\n",
           "POST /p 1 keep; Host=a; Transfer-Encoding=chunked; [abcdefgh]");
    expect("POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
           "POST /p 1 keep; Host=a; Transfer-Encoding=Chunked; []");
}

/* An Upgrade header is ignored, with and without a body. */
static void test_upgrade_is_ignored(void **state)
{
    (void)state;
    expect("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
           "GET / 1 keep; Host=a; Connection=Upgrade; Upgrade=h2c; []");
    expect("POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
           "Content-Length: 2\r\n\r\nhi",
           "POST / 1 keep; Host=a; Connection=Upgrade; Upgrade=websocket; Content-Length=2; [hi]");
}

static void test_request_line(void **state)
{
    (void)state;
    refused("GET /\r\n\r\n", 400); /* HTTP/0.9 */
    refused("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    refused("GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    refused("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400);
    refused("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    refused(" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    refused("GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n", 400);
    refused("GET / HTTP/1.1\nHost: a\n\n", 400);
    refused("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    refused("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    refused("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501);
    refused("get / HTTP/1.1\r\nHost: a\r\n\r\n", 501);
    refused("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 501);
    refused("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505);
    refused("GET / HTTP/3.9\r\nHost: a\r\n\r\n", 505);
    refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400);
    refused("GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505);
    refused("\x16\x03\x01\x02\x01\x01\xfc", 400); /* a TLS client */
}

static void test_headers(void **state)
{
    (void)state;
    refused("GET / HTTP/1.1\r\n\r\n", 400);
    refused("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400);
    refused("GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", 400);
    refused("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400);
    refused("GET / HTTP/1.1\r\nHost: a/../b\r\n\r\n", 400);
    refused("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", 400); /* obs-fold */
    refused("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\t2\r\n\r\n", 400);
    refused("GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n", 400);
    refused("GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", 400);
    refused("GET / HTTP/1.1\r\nHost: a\r\n: 1\r\n\r\n", 400);
    refused("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400);
    refused("GET / HTTP/1.1\r\nHost: a\r\nX: a\nb: c\r\n\r\n", 400);
    refused("GET / HTTP/1.1\r\nHost: a\r\nX: a\x01\r\n\r\n", 400);
}

static void test_nul_in_header(void **state)
{
    static const char bytes[] = "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n";
    struct http_limits limits;

    (void)state;
    http_limits_init(&limits);
    assert_int_equal(feed(&limits, bytes, sizeof bytes - 1, 1).status, 400);
    assert_int_equal(feed(&limits, bytes, sizeof bytes - 1, 100).status, 400);
}

static void test_framing(void **state)
{
    (void)state;
    refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", 400);
    refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n", 400);
    refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\n", 400);
    refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400);
    refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", 400);
    refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\n", 400);
    refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n", 400);
    refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
            400);
    refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
            400);
    refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400);
    refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501);
    refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501);
    refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", 501);
    refused("POST / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nContent-Length: 1\r\n\r\n", 417);
}

static void test_chunks(void **state)
{
#define CHUNKED "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    (void)state;
    refused(CHUNKED "x\r\n", 400);
    refused(CHUNKED "3\nabc\r\n0\r\n\r\n", 400);
    refused(CHUNKED "3\r\nabcd\r\n0\r\n\r\n", 400);
    refused(CHUNKED "-1\r\n", 400);
    refused(CHUNKED "fffffffffffffffff\r\n", 400);
    refused(CHUNKED "ffffffffffffffff\r\n", 413);
}

static void test_limits(void **state)
{
#define HOST "Host: a\r\n"
    (void)state;
    /* A request line may have 60 bytes but not 61; 13 of them are not the target. */
    assert_int_equal(feed_all_ways(&small, "GET /2345678901234567890123456789012345678901234567"
                                           " HTTP/1.1\r\n" HOST "\r\n")
                         .last,
                     HTTP_EVENT_DONE);
    refused_by(&small,
               "GET /23456789012345678901234567890123456789012345678 HTTP/1.1\r\n" HOST "\r\n",
               414);
    refused_by(&small, "GET / HTTP/1.1\r\n" HOST "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n", 431);
    refused_by(&small,
               "GET / HTTP/1.1\r\n" HOST "A: 1234567890123456789012345678901234567890123456789012"
               "345678901234567890123456789012345678901234567890123456789012345678901234567890\r\n"
               "\r\n",
               431);
    assert_int_equal(feed_all_ways(&small, "POST / HTTP/1.1\r\n" HOST "Content-Length: 20\r\n\r\n"
                                           "12345678901234567890")
                         .last,
                     HTTP_EVENT_DONE);
    refused_by(&small, "POST / HTTP/1.1\r\n" HOST "Content-Length: 21\r\n\r\n", 413);
    refused_by(&small, CHUNKED "14\r\n12345678901234567890\r\n1\r\n1\r\n0\r\n\r\n", 413);
    refused_by(&small, CHUNKED "1;a=1234567890\r\nx\r\n1;b=12345\r\nx\r\n0\r\n\r\n", 400);
    refused_by(&small, CHUNKED "0\r\nA: 1234567890123456\r\nB: 1234567890\r\n\r\n", 431);
}

/* Leading zeros in a chunk size are allowed, but not megabytes of them. */
static void test_excessive_framing(void **state)
{
    struct http_parser *h = http_parser_create(&small);
    struct slice zeros = SLICE("0000000000000000000000000000000000000000");
    enum http_event event;
    size_t used;

    (void)state;
    event = http_parser_feed(h, SLICE(CHUNKED), &used);
    assert_int_equal(event, HTTP_EVENT_HEAD);
    for (int i = 0; i < 100 && event != HTTP_EVENT_BAD; i++)
        event = http_parser_feed(h, zeros, &used);
    assert_int_equal(event, HTTP_EVENT_BAD);
    http_parser_destroy(h);
}

static void test_head_before_body(void **state)
{
    struct http_limits limits;
    struct http_parser *h;
    struct slice bytes =
        SLICE("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi");
    size_t used;

    (void)state;
    http_limits_init(&limits);
    h = http_parser_create(&limits);
    assert_int_equal(http_parser_feed(h, bytes, &used), HTTP_EVENT_HEAD);
    assert_int_equal(used, bytes.size - 2);
    assert_true(http_parser_message(h)->expects_continue);
    assert_int_equal(http_parser_message(h)->body.size, 0);
    assert_int_equal(http_parser_feed(h, slice_of(bytes.data + used, 2), &used), HTTP_EVENT_DONE);
    assert_int_equal(used, 2);
    assert_true(slice_equal(http_parser_message(h)->body, SLICE("hi")));
    http_parser_destroy(h);
}

/* Requests in one piece are read one after the other, even after an Upgrade header, a body and
 * `Connection: close`. */
static void test_pipelining(void **state)
{
    static const char *const requests[] = {
        "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        "GET /3 HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
        "POST /4 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi",
        "GET /5 HTTP/1.1\r\nHost: a\r\n\r\n",
    };
    char all[1024] = "";
    struct http_limits limits;
    struct http_parser *h;
    size_t at = 0;

    (void)state;
    for (size_t i = 0; i < 5; i++)
        strcat(all, requests[i]);
    http_limits_init(&limits);
    h = http_parser_create(&limits);
    for (size_t i = 0; i < 5; i++) {
        enum http_event event = HTTP_EVENT_HEAD;
        size_t used;
        char target[] = {'/', (char)('1' + i), '\0'};

        for (size_t start = at; event == HTTP_EVENT_HEAD; at += used) {
            event = http_parser_feed(h, slice_of(all + at, strlen(all + at)), &used);
            if (event == HTTP_EVENT_DONE)
                assert_int_equal(at + used - start, strlen(requests[i]));
        }
        assert_int_equal(event, HTTP_EVENT_DONE);
        assert_true(slice_equal(http_parser_message(h)->target, slice_str(target)));
        http_parser_next(h);
    }
    assert_int_equal(at, strlen(all));
    http_parser_destroy(h);
}

static void test_find_header(void **state)
{
    struct http_limits limits;
    struct http_parser *h;
    size_t used;
    struct slice bytes = SLICE("GET / HTTP/1.1\r\nHost: a\r\nLAST-event-ID: k-1\r\n\r\n");

    (void)state;
    http_limits_init(&limits);
    h = http_parser_create(&limits);
    assert_int_equal(http_parser_feed(h, bytes, &used), HTTP_EVENT_DONE);
    assert_true(slice_equal(http_header(http_parser_message(h), "Last-Event-ID"), SLICE("k-1")));
    assert_null(http_header(http_parser_message(h), "Accept").data);
    http_parser_next(h);
    assert_int_equal(
        http_parser_feed(h, SLICE("GET / HTTP/1.1\r\nHost: a\r\nX:\r\nY: \r\n\r\n"), &used),
        HTTP_EVENT_DONE);
    assert_non_null(
        http_header(http_parser_message(h), "X").data); /* an empty value is not absent */
    assert_non_null(http_header(http_parser_message(h), "Y").data);
    http_parser_destroy(h);
    http_parser_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_upgrade_is_ignored),
        cmocka_unit_test(test_request_line),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_nul_in_header),
        cmocka_unit_test(test_framing),
        cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_excessive_framing),
        cmocka_unit_test(test_head_before_body),
        cmocka_unit_test(test_pipelining),
        cmocka_unit_test(test_find_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
