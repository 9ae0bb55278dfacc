/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/wire/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

/* The codec of a record's body, whose bytes are stored. */

static const struct slice names[] = {SLICE_INIT("a"), SLICE_INIT("b")};

static const struct record full = {.flags = RECORD_PRIVATE,
                                   .origin = 7,
                                   .seq = 5,
                                   .retry_ms = 3000,
                                   .topic_count = 2,
                                   .topics = names,
                                   .id = SLICE_INIT("id"),
                                   .type = SLICE_INIT("tick"),
                                   .data = SLICE_INIT("hello")};
static const struct slice full_bytes = SLICE_INIT("\x98\x01\x07\x05\xcd\x0b\xb8\x92\xa1"
                                                  "a\xa1"
                                                  "b\xa2"
                                                  "id\xa4"
                                                  "tick\xc4\x05"
                                                  "hello");

static const struct record bare = {.origin = 7, .seq = 5, .topic_count = 1, .topics = names};
static const struct slice bare_bytes = SLICE_INIT("\x98\x00\x07\x05\x00\x91\xa1"
                                                  "a\xc0\xc0\xc4\x00");

static enum err decode(struct slice bytes, struct slice topics[RECORD_TOPICS_MAX],
                       struct record *out)
{
    struct wire_decoder *d = wire_decoder_create();
    struct record before = *out;
    enum err err;

    assert_non_null(d);
    err = wire_decode_body(d, bytes, topics, out);
    if (err != OK)
        assert_memory_equal(&before, out, sizeof before);
    wire_decoder_destroy(d);
    return err;
}

static enum err refused(struct slice bytes)
{
    struct slice topics[RECORD_TOPICS_MAX];
    struct record record = {.origin = 99};
    char *copy = malloc(bytes.size + 1);
    enum err err;

    assert_non_null(copy);
    memcpy(copy, bytes.data, bytes.size);
    err = decode(slice_of(copy, bytes.size), topics, &record);
    free(copy);
    return err;
}

static void assert_encodes(const struct record *record, struct slice bytes)
{
    struct buf out;

    buf_init(&out, 1000);
    wire_encode_body(&out, record);
    assert_true(slice_equal(buf_all(&out), bytes));
    buf_clear(&out);
}

static void exact_bytes_both_ways(void **state)
{
    struct slice topics[RECORD_TOPICS_MAX];
    struct record record = {0};

    (void)state;
    assert_encodes(&full, full_bytes);
    assert_encodes(&bare, bare_bytes);
    assert_int_equal(decode(full_bytes, topics, &record), OK);
    assert_int_equal(record.flags, RECORD_PRIVATE);
    assert_int_equal(record.origin, 7);
    assert_int_equal(record.seq, 5);
    assert_int_equal(record.retry_ms, 3000);
    assert_int_equal(record.topic_count, 2);
    assert_ptr_equal(record.topics, topics);
    assert_true(slice_equal(topics[0], SLICE("a")));
    assert_true(slice_equal(topics[1], SLICE("b")));
    assert_true(slice_equal(record.id, SLICE("id")));
    assert_true(slice_equal(record.type, SLICE("tick")));
    assert_true(slice_equal(record.data, SLICE("hello")));
    assert_int_equal(decode(bare_bytes, topics, &record), OK);
    assert_null(record.id.data);
    assert_null(record.type.data);
    assert_int_equal(record.data.size, 0);
}

/* Fields that most records do not have. */
static void with_the_later_fields(void **state)
{
    const struct slice bytes = SLICE("\x9b\x04\x07\x05\x00\x91\xa1"
                                     "a\xc0\xc0\xc4\x00\xcd\xea\x60\x2a\x02");
    struct record later = bare;
    struct slice topics[RECORD_TOPICS_MAX];
    struct record record = {0};
    char more[64];

    (void)state;
    later.flags = RECORD_IF_LAST;
    later.ttl_ms = 60000;
    later.if_last = 42;
    later.group = 2;
    assert_encodes(&later, bytes);
    assert_int_equal(decode(bytes, topics, &record), OK);
    assert_int_equal(record.ttl_ms, 60000);
    assert_int_equal(record.if_last, 42);
    assert_int_equal(record.group, 2);
    for (size_t size = 0; size < bytes.size; size++)
        assert_int_equal(refused(slice_of(bytes.data, size)), ERR_MALFORMED);
    memcpy(more, bytes.data, bytes.size);
    more[0]++;
    more[bytes.size] = 5;
    assert_int_equal(refused(slice_of(more, bytes.size + 1)), OK);
    more[12] = (char)0xc3; /* ttl_ms becomes a boolean, and its bytes become numbers */
    assert_int_equal(refused(slice_of(more, bytes.size + 1)), ERR_MALFORMED);
}

static void cut_after_each_byte(void **state)
{
    (void)state;
    for (size_t size = 0; size < full_bytes.size; size++)
        assert_int_equal(refused(slice_of(full_bytes.data, size)), ERR_MALFORMED);
}

static void wrong_types(void **state)
{
    (void)state;
    assert_int_equal(refused(SLICE("\x98\xc2\x07\x05\x00\x90\xc0\xc0\xc4\x00")), ERR_MALFORMED);
    assert_int_equal(refused(SLICE("\x98\x00\xa0\x05\x00\x90\xc0\xc0\xc4\x00")), ERR_MALFORMED);
    assert_int_equal(refused(SLICE("\x98\x00\x07\xff\x00\x90\xc0\xc0\xc4\x00")), ERR_MALFORMED);
    assert_int_equal(refused(SLICE("\x98\x00\x07\x05\xc0\x90\xc0\xc0\xc4\x00")), ERR_MALFORMED);
    assert_int_equal(refused(SLICE("\x98\x00\x07\x05\x00\x05\xc0\xc0\xc4\x00")), ERR_MALFORMED);
    assert_int_equal(refused(SLICE("\x98\x00\x07\x05\x00\x91\x01\xc0\xc0\xc4\x00")), ERR_MALFORMED);
    assert_int_equal(refused(SLICE("\x98\x00\x07\x05\x00\x90\x01\xc0\xc4\x00")), ERR_MALFORMED);
    assert_int_equal(refused(SLICE("\x98\x00\x07\x05\x00\x90\xc0\x90\xc4\x00")), ERR_MALFORMED);
    assert_int_equal(refused(SLICE("\x98\x00\x07\x05\x00\x90\xc0\xc0\xa0")), ERR_MALFORMED);
    /* flags and retry_ms are 32-bit numbers */
    assert_int_equal(refused(SLICE("\x98\xcf\0\0\0\1\0\0\0\0\x07\x05\x00\x90\xc0\xc0\xc4\x00")),
                     ERR_MALFORMED);
    assert_int_equal(refused(SLICE("\x98\x00\x07\x05\xcf\0\0\0\1\0\0\0\0\x90\xc0\xc0\xc4\x00")),
                     ERR_MALFORMED);
    assert_int_equal(refused(SLICE("\x05")), ERR_MALFORMED);
}

static void unknown_trailing_elements_are_ignored(void **state)
{
    (void)state;
    assert_int_equal(refused(SLICE("\x9a\x00\x07\x05\x00\x90\xc0\xc0\xc4\x00\x92\x01\x02\xc3")),
                     OK);
}

static void topics_are_limited(void **state)
{
    char bytes[300] = "\x98\x00\x07\x05\x00\xdc\x00";
    const size_t tail = 8 + RECORD_TOPICS_MAX;
    struct slice topics[RECORD_TOPICS_MAX];
    struct record record = {0};

    (void)state;
    memset(bytes + 8, 0xa0, RECORD_TOPICS_MAX + 1);
    bytes[7] = RECORD_TOPICS_MAX;
    memcpy(bytes + tail, "\xc0\xc0\xc4", 4);
    assert_int_equal(decode(slice_of(bytes, tail + 4), topics, &record), OK);
    assert_int_equal(record.topic_count, RECORD_TOPICS_MAX);
    bytes[7]++;
    memcpy(bytes + tail, "\xa0\xc0\xc0\xc4", 5);
    assert_int_equal(refused(slice_of(bytes, tail + 5)), ERR_TOO_MANY);
    assert_int_equal(refused(SLICE("\x98\x00\x07\x05\x00\xdd\xff\xff\xff\xff")), ERR_TOO_MANY);
}

static void each_byte_changed(void **state)
{
    char bytes[64];
    unsigned good = 0;

    (void)state;
    memcpy(bytes, full_bytes.data, full_bytes.size);
    for (size_t at = 0; at < full_bytes.size; at++) {
        for (unsigned change = 1; change < 256; change++) {
            bytes[at] = (char)((unsigned char)full_bytes.data[at] ^ change);
            good += refused(slice_of(bytes, full_bytes.size)) == OK;
        }
        bytes[at] = full_bytes.data[at];
    }
    assert_true(good > 13 * 255); /* the text may have any value */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_bytes_both_ways),
        cmocka_unit_test(with_the_later_fields),
        cmocka_unit_test(cut_after_each_byte),
        cmocka_unit_test(wrong_types),
        cmocka_unit_test(unknown_trailing_elements_are_ignored),
        cmocka_unit_test(topics_are_limited),
        cmocka_unit_test(each_byte_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
