/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/http/http_precheck.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The check accepts complete lines at once if possible, and otherwise single bytes. The result
 * must be the same when it gets one byte at a time, and so never a complete line. */

static const char head[] =
    "\r\nPOST /publish?topic=a HTTP/1.1\r\nHost: example.org:8080\r\nAccept: */*\r\n"
    "X-Some-Long-Name: words in a row, and more\r\nEmpty:\r\n\r\nbody";

struct finding {
    size_t good;
    int status;
    enum http_precheck_place place;
    size_t lines;
    size_t head_bytes;
};

static struct finding scan(const struct http_limits *limits, struct slice bytes, size_t piece)
{
    struct finding found = {.good = 0};
    struct http_problem problem = {0, NULL};
    struct http_precheck g;

    http_precheck_init(&g, limits);
    while (found.good < bytes.size && problem.status == 0 && !http_precheck_passed(&g)) {
        size_t left = bytes.size - found.good;
        size_t size = left < piece ? left : piece;
        /* A copy of its own, so the sanitizer finds reads beyond its end. */
        char *copy = malloc(size);

        assert_non_null(copy);
        memcpy(copy, bytes.data + found.good, size);
        found.good += http_precheck_scan(&g, slice_of(copy, size), &problem);
        free(copy);
    }
    found.status = problem.status;
    found.place = g.place;
    found.lines = g.lines;
    found.head_bytes = g.head_bytes;
    return found;
}

static struct finding scan_all_ways(const struct http_limits *limits, struct slice bytes)
{
    static const size_t pieces[] = {2, 7, 8, 9, 40, SIZE_MAX};
    struct finding slow = scan(limits, bytes, 1);

    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct finding found = scan(limits, bytes, pieces[i]);

        assert_int_equal(found.good, slow.good);
        assert_int_equal(found.status, slow.status);
        assert_int_equal(found.place, slow.place);
        assert_int_equal(found.lines, slow.lines);
        assert_int_equal(found.head_bytes, slow.head_bytes);
    }
    return slow;
}

static void a_valid_head(void **state)
{
    struct http_limits limits;
    struct finding found;

    (void)state;
    http_limits_init(&limits);
    found = scan_all_ways(&limits, slice_str(head));
    assert_int_equal(found.status, 0);
    assert_int_equal(found.place, HTTP_PRECHECK_PASSED);
    assert_int_equal(found.good, sizeof head - 1 - 4);
    assert_int_equal(found.lines, 4);
}

static void any_byte_at_any_position(void **state)
{
    char text[sizeof head];
    struct http_limits limits;

    (void)state;
    http_limits_init(&limits);
    for (size_t at = 0; at < sizeof head - 1; at++) {
        for (int c = 0; c < 256; c++) {
            memcpy(text, head, sizeof text);
            text[at] = (char)c;
            (void)scan_all_ways(&limits, slice_of(text, sizeof text - 1));
        }
    }
}

static void one_byte_less_or_more(void **state)
{
    char text[sizeof head + 1];
    struct http_limits limits;

    (void)state;
    http_limits_init(&limits);
    for (size_t at = 0; at < sizeof head - 1; at++) {
        memcpy(text, head, at);
        memcpy(text + at, head + at + 1, sizeof head - at - 1);
        (void)scan_all_ways(&limits, slice_of(text, sizeof head - 2));
        memcpy(text, head, at + 1);
        memcpy(text + at + 1, head + at, sizeof head - at);
        (void)scan_all_ways(&limits, slice_of(text, sizeof head));
        (void)scan_all_ways(&limits, slice_of(head, at));
    }
}

static void limits_at_any_position(void **state)
{
    struct http_limits limits;
    int refused = 0;

    (void)state;
    for (size_t n = 0; n < 110; n++) {
        http_limits_init(&limits);
        limits.line = n;
        refused += scan_all_ways(&limits, slice_str(head)).status == 414;
        http_limits_init(&limits);
        limits.header_bytes = n;
        refused += scan_all_ways(&limits, slice_str(head)).status == 431;
        http_limits_init(&limits);
        limits.header_count = n;
        refused += scan_all_ways(&limits, slice_str(head)).status == 431;
    }
    /* The request line has 30 bytes, the four headers have 22, 11, 42 and 6. */
    assert_int_equal(refused, 30 + 81 + 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_valid_head),
        cmocka_unit_test(any_byte_at_any_position),
        cmocka_unit_test(one_byte_less_or_more),
        cmocka_unit_test(limits_at_any_position),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
