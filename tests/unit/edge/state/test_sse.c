/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/sse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct epoch epoch = {"k3f9x2"};
static const struct slice topics[] = {SLICE_INIT("a")};

static void assert_event(const struct record *record, const char *expected)
{
    struct buf out;

    buf_init(&out, 10000);
    sse_record(&out, epoch, 1843, record);
    assert_true(buf_ok(&out));
    buf_char(&out, '\0');
    assert_string_equal(out.data, expected);
    buf_clear(&out);
}

static void assert_data(struct slice data, const char *expected)
{
    struct record record = {.topic_count = 1, .topics = topics, .data = data};
    char event[300] = "id: k3f9x2-1843\n";

    strncat(event, expected, sizeof event - strlen(event) - 1);
    assert_event(&record, event);
}

static void all_fields_in_order(void **state)
{
    struct record record = {.topic_count = 1,
                            .topics = topics,
                            .id = SLICE("the publisher's own"), /* not the id of the event */
                            .type = SLICE("tick"),
                            .retry_ms = 3000,
                            .data = SLICE("hello")};

    (void)state;
    assert_event(&record, "event: tick\nretry: 3000\nid: k3f9x2-1843\ndata: hello\n\n");
    record.retry_ms = 0;
    assert_event(&record, "event: tick\nid: k3f9x2-1843\ndata: hello\n\n");
    record.type = SLICE("");
    assert_event(&record, "id: k3f9x2-1843\ndata: hello\n\n");
}

/* CR, LF and CRLF each end one line; only LF is sent. */
static void lines_of_data(void **state)
{
    (void)state;
    assert_data(SLICE("one"), "data: one\n\n");
    assert_data(SLICE("one\ntwo"), "data: one\ndata: two\n\n");
    assert_data(SLICE("one\rtwo"), "data: one\ndata: two\n\n");
    assert_data(SLICE("one\r\ntwo"), "data: one\ndata: two\n\n");
    assert_data(SLICE("a\n\rb"), "data: a\ndata: \ndata: b\n\n");
    assert_data(SLICE("a\r\rb"), "data: a\ndata: \ndata: b\n\n");
    assert_data(SLICE("a\r\n\r\nb"), "data: a\ndata: \ndata: b\n\n");
    assert_data(SLICE("a\n"), "data: a\ndata: \n\n");
    assert_data(SLICE("a\r"), "data: a\ndata: \n\n");
    assert_data(SLICE("a\r\n"), "data: a\ndata: \n\n");
    assert_data(SLICE("\n"), "data: \ndata: \n\n");
    assert_data(SLICE("\r\n"), "data: \ndata: \n\n");
    assert_data(SLICE("\r"), "data: \ndata: \n\n");
}

/* Browsers do not dispatch an event without a data line, so there always is one. One space after
 * the colon belongs to the field; the rest is data. */
static void data_that_is_empty_or_looks_like_a_field(void **state)
{
    (void)state;
    assert_data(SLICE(""), "data: \n\n");
    assert_data((struct slice){0}, "data: \n\n");
    assert_data(SLICE(" two"), "data:  two\n\n");
    assert_data(SLICE(":x"), "data: :x\n\n");
    assert_data(SLICE("a\n\nevent: forged\rid: 5"),
                "data: a\ndata: \ndata: event: forged\ndata: id: 5\n\n");
    assert_data(SLICE("\xe2\x82\xac"), "data: \xe2\x82\xac\n\n");
}

/* Parses the bytes of an event as a browser does. The result equals the input, with LF between
 * lines. */
static void parsed_as_by_a_browser(void **state)
{
    static const char alphabet[] = {'\r', '\n', 'a', ' '};
    struct record record = {.topic_count = 1, .topics = topics};

    (void)state;
    for (unsigned n = 0; n < 4096; n++) {
        char data[6];
        char expected[6];
        char read[64];
        size_t wanted = 0;
        size_t got = 0;
        struct buf out;

        for (unsigned i = 0; i < 6; i++)
            data[i] = alphabet[n >> (2 * i) & 3];
        for (size_t i = 0; i < 6; i++) {
            if (data[i] == '\n' && i > 0 && data[i - 1] == '\r')
                continue;
            expected[wanted++] = data[i] == '\r' ? '\n' : data[i];
        }
        buf_init(&out, 1000);
        record.data = slice_of(data, 6);
        sse_record(&out, epoch, 1, &record);
        assert_null(memchr(out.data, '\r', out.size));
        for (size_t at = 12; at + 1 < out.size; at++) { /* after "id: k3f9x2-1\n" */
            const char *end;

            at += at == 12;
            assert_memory_equal(out.data + at, "data: ", 6);
            at += 6;
            end = memchr(out.data + at, '\n', out.size - at);
            assert_non_null(end);
            memcpy(read + got, out.data + at, (size_t)(end - out.data) - at);
            got += (size_t)(end - out.data) - at;
            read[got++] = '\n';
            at = (size_t)(end - out.data);
        }
        assert_int_equal(got - 1, wanted);
        assert_memory_equal(read, expected, wanted);
        buf_clear(&out);
    }
}

static void position_heartbeat_and_gap(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    sse_position(&out, epoch, 0);
    sse_heartbeat(&out);
    sse_gap(&out, "expired", epoch, 10, 42, 9);
    buf_char(&out, '\0');
    assert_string_equal(out.data, "id: k3f9x2-0\n\n"
                                  ":\n\n"
                                  "event: belfry.gap\nid: k3f9x2-9\n"
                                  "data: {\"reason\":\"expired\",\"oldest\":\"k3f9x2-10\","
                                  "\"head\":\"k3f9x2-42\"}\n\n");
    buf_clear(&out);
}

static void no_partial_event_at_the_limit(void **state)
{
    struct record record = {.topic_count = 1, .topics = topics, .data = SLICE("\n\n\n\n\n")};
    struct buf out;

    (void)state;
    buf_init(&out, 40);
    sse_record(&out, epoch, 1, &record);
    assert_false(buf_ok(&out));
    assert_true(out.size <= 40);
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_fields_in_order),
        cmocka_unit_test(lines_of_data),
        cmocka_unit_test(data_that_is_empty_or_looks_like_a_field),
        cmocka_unit_test(parsed_as_by_a_browser),
        cmocka_unit_test(position_heartbeat_and_gap),
        cmocka_unit_test(no_partial_event_at_the_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
