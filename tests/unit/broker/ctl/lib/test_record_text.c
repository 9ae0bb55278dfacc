/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/record_text.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define TIME UINT64_C(1795163580123) /* 2026-11-20T08:33:00.123Z */

static void expect(struct buf *out, const char *want)
{
    buf_char(out, '\0');
    assert_string_equal(out->data, want);
    buf_reset(out);
}

static void test_records(void **state)
{
    const struct slice topics[] = {SLICE("news"), SLICE("sp\033ort")};
    const struct entry entry = {.offset = 5, .time_ms = TIME};
    struct record record = {.topics = topics, .topic_count = 2, .data = SLICE("one\ntwo\t\033[2J")};
    const struct epoch epoch = {"abc"};
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    record_text(epoch, &entry, &record, &out);
    expect(&out, "2026-11-20T08:33:00.123Z abc-5 news,sp?ort: one\\ntwo\\t?[2J\n");
    record.type = SLICE("goal");
    record.id = SLICE("g1");
    record.flags = RECORD_PRIVATE;
    record.ttl_ms = 60000;
    record_text(epoch, &entry, &record, &out);
    expect(&out,
           "2026-11-20T08:33:00.123Z abc-5 news,sp?ort (private) id=g1 goal: one\\ntwo\\t?[2J\n");
    record_json(epoch, &entry, &record, &out);
    expect(&out, "{\"id\":\"abc-5\",\"offset\":5,\"time\":1795163580123,"
                 "\"topics\":[\"news\",\"sp\\u001bort\"],\"data\":\"one\\ntwo\\u0009\\u001b[2J\","
                 "\"type\":\"goal\",\"publisher_id\":\"g1\",\"private\":true,\"ttl\":60}\n");
    buf_clear(&out);
}

static void test_data(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 100);
    record_data(SLICE("a\tb\nc\r\x9b"), false, &out);
    expect(&out, "a\tb\nc?\x9b");
    record_data(SLICE(""), true, &out);
    expect(&out, "");
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_data),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
