/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/sse_reader.h"

#include "common/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* The events of a stream as "type|id|data;", fed in pieces of `step` bytes. */
static void read_all(struct sse_reader *r, struct slice bytes, size_t step, struct buf *out)
{
    for (size_t i = 0; i < bytes.size; i += step) {
        struct sse_event event;

        sse_reader_feed(r, slice_of(bytes.data + i, bytes.size - i < step ? bytes.size - i : step));
        while (sse_reader_next(r, &event)) {
            buf_slice(out, event.type);
            buf_char(out, '|');
            buf_slice(out, event.id);
            buf_char(out, '|');
            buf_slice(out, event.data);
            buf_char(out, ';');
        }
    }
}

static void expect(struct slice bytes, const char *want)
{
    for (size_t step = 1; step < 80; step += 13) {
        struct sse_reader r;
        struct buf out;

        sse_reader_init(&r, 1000);
        buf_init(&out, 1000);
        read_all(&r, bytes, step, &out);
        buf_char(&out, '\0');
        assert_string_equal(out.data, want);
        assert_false(r.too_large);
        buf_clear(&out);
        sse_reader_clear(&r);
    }
}

static void test_events(void **state)
{
    (void)state;
    expect(SLICE("data: a\n\n"), "message||a;");
    expect(SLICE("event: e\nid: 1\ndata: a\ndata: b\n\ndata\n\n"), "e|1|a\nb;message|1|;");
    expect(SLICE("data:a\r\n\r\ndata: b\r\rdata:  c\n\n"), "message||a;message||b;message|| c;");
    expect(SLICE("id: 7\n\ndata: x\n\n"), "message|7|x;"); /* a position, without an event */
    expect(SLICE("event: lost\n\ndata: x\n\n"), "message||x;");
    expect(SLICE("\xef\xbb\xbf"
                 "data: bom\n\n"),
           "message||bom;");
    expect(SLICE(": c\nfoo: x\nDATA: x\ndata: y\n\ndata: not complete\n"), "message||y;");
    expect(SLICE("id: a\0b\ndata: n\n\n"), "message||n;");
    expect(SLICE("id: 1\ndata: a\n\nid\ndata: b\n\n"), "message|1|a;message||b;");
}

static void test_retry_and_comments(void **state)
{
    struct sse_reader r;
    struct buf out;

    (void)state;
    sse_reader_init(&r, 1000);
    buf_init(&out, 100);
    read_all(&r, SLICE("retry: 2500\nretry: 10x\nretry\n:\n\n:\n\n"), 3, &out);
    assert_int_equal(out.size, 0);
    assert_int_equal(r.retry_ms, 2500);
    assert_int_equal(r.comments, 2);
    buf_clear(&out);
    sse_reader_clear(&r);
}

static void test_restart(void **state)
{
    struct sse_reader r;
    struct buf out;

    (void)state;
    sse_reader_init(&r, 1000);
    buf_init(&out, 100);
    read_all(&r, SLICE("id: 1\ndata: a\n\nid: 2\ndata: cut"), 100, &out);
    sse_reader_restart(&r);
    assert_true(slice_equal(buf_all(&r.last_id), SLICE("1")));
    read_all(&r, SLICE("data: b\n\n"), 100, &out);
    buf_char(&out, '\0');
    assert_string_equal(out.data, "message|1|a;message|1|b;");
    buf_clear(&out);
    sse_reader_clear(&r);
}

static void test_too_large(void **state)
{
    struct sse_reader r;
    struct buf out;

    (void)state;
    sse_reader_init(&r, 8);
    buf_init(&out, 100);
    read_all(&r, SLICE("data: 0123456789\n\n"), 4, &out);
    assert_true(r.too_large || out.size < 10);
    read_all(&r, SLICE("data: 01234567890123456789"), 100, &out);
    assert_true(r.too_large);
    buf_clear(&out);
    sse_reader_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_retry_and_comments),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
