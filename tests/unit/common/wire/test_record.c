/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/wire/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

static void assert_refused(const struct record *record, enum err err, const char *field)
{
    const char *out = "untouched";

    assert_int_equal(record_check(record, &out), err);
    assert_string_equal(out, err == OK ? "untouched" : field);
}

static const struct slice two[] = {SLICE_INIT("a"), SLICE_INIT("b")};

static struct record sound(void)
{
    return (struct record){.topic_count = 2,
                           .topics = two,
                           .id = SLICE("order-17/a"),
                           .type = SLICE("tick"),
                           .data = SLICE("one\r\ntwo \xe2\x82\xac")};
}

static void a_valid_record(void **state)
{
    struct record record = sound();

    (void)state;
    assert_refused(&record, OK, "");
    record.id = (struct slice){0};
    record.type = (struct slice){0};
    record.data = (struct slice){0};
    assert_refused(&record, OK, "");
    record.type = SLICE("");
    assert_refused(&record, OK, "");
}

static void topics(void **state)
{
    const struct slice twice[] = {SLICE("a"), SLICE("b"), SLICE("a")};
    const struct slice star[] = {SLICE("a"), SLICE("*")};
    struct slice many[RECORD_TOPICS_MAX + 1];
    char names[RECORD_TOPICS_MAX + 1][8];
    struct record record = sound();

    (void)state;
    for (size_t i = 0; i <= RECORD_TOPICS_MAX; i++) {
        (void)snprintf(names[i], sizeof names[i], "t%zu", i);
        many[i] = slice_str(names[i]);
    }
    record.topic_count = 0;
    assert_refused(&record, ERR_INVALID, "topic");
    record.topics = many;
    record.topic_count = RECORD_TOPICS_MAX;
    assert_refused(&record, OK, "");
    record.topic_count = RECORD_TOPICS_MAX + 1;
    assert_refused(&record, ERR_TOO_MANY, "topic");
    record.topics = twice;
    record.topic_count = 3;
    assert_refused(&record, ERR_INVALID, "topic");
    record.topics = star;
    record.topic_count = 2;
    assert_refused(&record, ERR_INVALID, "topic");
}

static void ids(void **state)
{
    char long_id[RECORD_ID_SIZE_MAX + 1];
    struct record record = sound();

    (void)state;
    memset(long_id, 'i', sizeof long_id);
    record.id = slice_of(long_id, RECORD_ID_SIZE_MAX);
    assert_refused(&record, OK, "");
    record.id = slice_of(long_id, RECORD_ID_SIZE_MAX + 1);
    assert_refused(&record, ERR_TOO_LARGE, "id");
    record.id = SLICE("");
    assert_refused(&record, ERR_INVALID, "id");
    record.id = SLICE("a\nb");
    assert_refused(&record, ERR_INVALID, "id");
    record.id = SLICE("a\rb");
    assert_refused(&record, ERR_INVALID, "id");
    record.id = SLICE("a\0b");
    assert_refused(&record, ERR_INVALID, "id");
    record.id = SLICE("\xff");
    assert_refused(&record, ERR_INVALID, "id");
    record.id = SLICE("k3f9x2-1843"); /* an event id of some log: only the edge knows which */
    assert_refused(&record, OK, "");
}

static void types_and_data(void **state)
{
    char long_type[RECORD_TYPE_SIZE_MAX + 1];
    struct record record = sound();

    (void)state;
    memset(long_type, 't', sizeof long_type);
    record.type = slice_of(long_type, RECORD_TYPE_SIZE_MAX);
    assert_refused(&record, OK, "");
    record.type = slice_of(long_type, RECORD_TYPE_SIZE_MAX + 1);
    assert_refused(&record, ERR_TOO_LARGE, "type");
    record.type = SLICE("a\ndata: forged");
    assert_refused(&record, ERR_INVALID, "type");
    record = sound();
    record.data = SLICE("\xed\xa0\x80");
    assert_refused(&record, ERR_INVALID, "data");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_valid_record),
        cmocka_unit_test(topics),
        cmocka_unit_test(ids),
        cmocka_unit_test(types_and_data),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
