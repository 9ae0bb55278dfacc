/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/wire/wire.h"

#include "tests/lib/mem_fault.c" /* instead of common/base/mem.c */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

#define EPOCH {"k3f9x2"}
#define EPOCH_HEX "a66b3366397832 "

static const struct slice bodies[] = {SLICE_INIT("ab"), SLICE_INIT("")};
static const struct slice names[] = {SLICE_INIT("a"), SLICE_INIT("b")};
static const struct entry entries[] = {{42, 1700000000000, SLICE_INIT("a")},
                                       {43, 1700000000001, SLICE_INIT("")}};
static const struct wire_edge_progress edges[] = {{7, 2, 1}, {UINT64_MAX, 65536, 255}};
static const struct wire_seq_outcome outcomes[] = {{5, ERR_DUPLICATE, 42}, {6, ERR_TOO_LARGE, 0}};

/* Each type of frame with its exact bytes, on which peers of other versions depend. */
static const struct golden {
    struct wire_frame frame;
    const char *hex;
} golden[] = {
    {{.type = WIRE_PUBLISH, .publish = {EPOCH, 0x0123456789abcdef, 5, 6, bodies, 2}},
     "97 01 50 " EPOCH_HEX "cf0123456789abcdef 05 06 92 c4026162 c400"},
    {{.type = WIRE_PUBLISH, .publish = {EPOCH, 7, 0, 1, bodies, 0}}, /* a probe */
     "97 01 50 " EPOCH_HEX "07 00 01 90"},
    {{.type = WIRE_BATCH, .batch = {EPOCH, 3, entries, 2}},
     "95 01 42 " EPOCH_HEX "03 96 2a cf0000018bcfe56800 c40161 2b cf0000018bcfe56801 c400"},
    {{.type = WIRE_BEACON, .beacon = {EPOCH, 3, 1843, 1, edges, 2}},
     "97 01 48 " EPOCH_HEX "03 cd0733 01 96 07 02 01 cfffffffffffffffff ce00010000 ccff"},
    {{.type = WIRE_OUTCOME, .outcome = {EPOCH, 3, 7, outcomes, 2}},
     "96 01 4f " EPOCH_HEX "03 07 96 05 0a 2a 06 02 00"},
    {{.type = WIRE_HELLO,
      .hello = {9, 7, SLICE_INIT("edge-1"), SLICE_INIT("belfry/0.1.0"), {NULL, 0}}},
     "97 01 68 09 07 a6656467652d31 ac62656c6672792f302e312e30 c0"},
    {{.type = WIRE_WELCOME, .welcome = {9, OK, SLICE_INIT("hi"), EPOCH, 3, 42, 1, 100, 60000}},
     "9b 01 77 09 00 a26869 " EPOCH_HEX "03 2a 01 64 cdea60"},
    {{.type = WIRE_READ, .read = {11, EPOCH, 10, 20, 1u << 20, names, 2}},
     "98 01 66 0b " EPOCH_HEX "0a 14 ce00100000 92 a161 a162"},
    {{.type = WIRE_LATEST, .latest = {12, EPOCH, 10, 42, names, 1}},
     "97 01 6c 0c " EPOCH_HEX "0a 2a 91 a161"},
    {{.type = WIRE_RECORDS, .records = {11, ERR_EXPIRED, EPOCH, 20, 10, 43, entries, 2}},
     "99 01 72 0b 09 " EPOCH_HEX "14 0a 2b 96 2a cf0000018bcfe56800 c40161 "
     "2b cf0000018bcfe56801 c400"},
    {{.type = WIRE_PING,
      .ping = {7, {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17,
                   18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33}}},
     "94 01 69 07 dc0021 "
     "01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11"
     " 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f 20 21"},
    {{.type = WIRE_COMMAND, .command = {13, SLICE_INIT("stats"), names, 1}},
     "95 01 61 0d a57374617473 91 a161"},
    {{.type = WIRE_REPLY, .reply = {13, ERR_NOT_FOUND, SLICE_INIT("{}")}}, "95 01 41 0d 12 a27b7d"},
};

#define GOLDEN_COUNT (sizeof golden / sizeof golden[0])
#define FRAME_SIZE_MAX 256

struct bytes {
    size_t size;
    unsigned char at[FRAME_SIZE_MAX];
};

static struct bytes unhex(const char *hex)
{
    struct bytes out = {0};

    while (*hex != '\0') {
        char pair[3] = {hex[0], hex[1], '\0'};

        if (*hex == ' ') {
            hex++;
            continue;
        }
        assert_true(out.size < sizeof out.at);
        out.at[out.size++] = (unsigned char)strtoul(pair, NULL, 16);
        hex += 2;
    }
    return out;
}

/* Decodes a copy of its own, so the sanitizer finds reads beyond its end, and encodes the frame
 * again into *again (may be NULL). A failure must leave *out unchanged. */
static enum err decode(const struct bytes *bytes, struct buf *again)
{
    struct wire_decoder *d = wire_decoder_create();
    unsigned char *copy = malloc(bytes->size + (bytes->size == 0));
    struct wire_frame frame;
    struct wire_frame before;
    enum err err;

    assert_non_null(d);
    assert_non_null(copy);
    memcpy(copy, bytes->at, bytes->size);
    memset(&frame, 0x55, sizeof frame);
    memcpy(&before, &frame, sizeof frame);
    err = wire_decode(d, slice_of(copy, bytes->size), &frame);
    if (err != OK)
        assert_memory_equal(&frame, &before, sizeof frame);
    else if (again != NULL)
        wire_encode(again, &frame);
    free(copy);
    wire_decoder_destroy(d);
    return err;
}

static enum err decode_hex(const char *hex)
{
    struct bytes bytes = unhex(hex);

    return decode(&bytes, NULL);
}

static void exact_bytes_both_ways(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, WIRE_FRAME_SIZE_MAX);
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        struct bytes bytes = unhex(golden[i].hex);

        buf_reset(&out);
        wire_encode(&out, &golden[i].frame);
        assert_true(buf_ok(&out));
        assert_int_equal(out.size, bytes.size);
        assert_memory_equal(out.data, bytes.at, bytes.size);
        /* All fields differ, so equal bytes mean that each field was read correctly. */
        buf_reset(&out);
        assert_int_equal(decode(&bytes, &out), OK);
        assert_int_equal(out.size, bytes.size);
        assert_memory_equal(out.data, bytes.at, bytes.size);
    }
    buf_clear(&out);
}

static void fields_are_in_their_place(void **state)
{
    struct wire_decoder *d = wire_decoder_create();
    struct bytes welcome = unhex(golden[6].hex);
    struct bytes records = unhex(golden[9].hex);
    struct wire_frame f;

    (void)state;
    assert_int_equal(wire_decode(d, slice_of(welcome.at, welcome.size), &f), OK);
    assert_int_equal(f.type, WIRE_WELCOME);
    assert_int_equal(f.welcome.request, 9);
    assert_true(slice_equal(f.welcome.text, SLICE("hi")));
    assert_string_equal(f.welcome.epoch.text, "k3f9x2");
    assert_int_equal(f.welcome.topic_ms, 60000);
    assert_int_equal(wire_decode(d, slice_of(records.at, records.size), &f), OK);
    assert_int_equal(f.records.code, ERR_EXPIRED);
    assert_int_equal(f.records.next, 20);
    assert_int_equal(f.records.oldest, 10);
    assert_int_equal(f.records.head, 43);
    assert_int_equal(f.records.count, 2);
    assert_int_equal(f.records.entries[1].offset, 43);
    assert_int_equal(f.records.entries[0].time_ms, 1700000000000);
    assert_true(slice_equal(f.records.entries[0].body, SLICE("a")));
    wire_decoder_destroy(d);
}

static void cut_after_each_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        struct bytes bytes = unhex(golden[i].hex);

        while (bytes.size > 0) {
            bytes.size--;
            assert_int_equal(decode(&bytes, NULL), ERR_MALFORMED);
        }
    }
}

/* Further elements of a newer peer are ignored. */
static void unknown_trailing_elements_are_ignored(void **state)
{
    static const unsigned char more[] = {0x93, 0x01, 0x81, 0xa1, 'x', 0xca, 1, 2, 3, 4, 0xc0};
    struct buf out;

    (void)state;
    buf_init(&out, WIRE_FRAME_SIZE_MAX);
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        struct bytes bytes = unhex(golden[i].hex);
        struct bytes longer = bytes;

        longer.at[0]++;
        memcpy(longer.at + longer.size, more, sizeof more);
        longer.size += sizeof more;
        buf_reset(&out);
        assert_int_equal(decode(&longer, &out), OK);
        assert_int_equal(out.size, bytes.size);
        assert_memory_equal(out.data, bytes.at, bytes.size);
        bytes.at[0]--; /* and one element too few */
        assert_int_equal(decode(&bytes, NULL), ERR_MALFORMED);
    }
    buf_clear(&out);
}

/* Collects the positions of all values except the outermost; returns the size of the message. */
static size_t values(const unsigned char *p, size_t base, size_t out[FRAME_SIZE_MAX], size_t *count)
{
    size_t size = 1;

    if (p[0] >= 0x90 && p[0] <= 0x9f) {
        for (unsigned i = 0; i < (p[0] & 0x0fu); i++) {
            out[(*count)++] = base + size;
            size += values(p + size, base + size, out, count);
        }
        return size;
    }
    if (p[0] == 0xdc) {
        size += 2;
        for (unsigned i = 0; i < p[1] * 256u + p[2]; i++) {
            out[(*count)++] = base + size;
            size += values(p + size, base + size, out, count);
        }
        return size;
    }
    if (p[0] >= 0xa0 && p[0] <= 0xbf)
        return size + (p[0] & 0x1f);
    if (p[0] == 0xc4)
        return 2u + p[1];
    if (p[0] >= 0xcc && p[0] <= 0xcf)
        return size + ((size_t)1 << (p[0] & 3));
    return size;
}

static struct bytes replaced(const struct bytes *bytes, size_t at, unsigned char with)
{
    size_t none = 0;
    size_t unused[FRAME_SIZE_MAX];
    size_t size = values(bytes->at + at, at, unused, &none);
    struct bytes out = *bytes;

    out.at[at] = with;
    memmove(out.at + at + 1, bytes->at + at + size, bytes->size - at - size);
    out.size = bytes->size - size + 1;
    return out;
}

static void values_of_a_wrong_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        struct bytes bytes = unhex(golden[i].hex);
        size_t places[FRAME_SIZE_MAX];
        size_t count = 0;

        assert_int_equal(values(bytes.at, 0, places, &count), bytes.size);
        for (size_t k = 0; k < count; k++) {
            struct bytes boolean = replaced(&bytes, places[k], 0xc2);
            struct bytes negative = replaced(&bytes, places[k], 0xff);

            assert_int_equal(decode(&boolean, NULL), ERR_MALFORMED);
            assert_int_equal(decode(&negative, NULL), ERR_MALFORMED);
        }
    }
}

/* Changing a byte to any other value gives an error or a frame that can be encoded. */
static void each_byte_changed(void **state)
{
    struct buf out;
    unsigned good = 0;

    (void)state;
    buf_init(&out, WIRE_FRAME_SIZE_MAX);
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        for (unsigned change = 1; change < 256; change++) {
            struct bytes bytes = unhex(golden[i].hex);

            for (size_t at = 0; at < bytes.size; at++) {
                bytes.at[at] ^= (unsigned char)change;
                buf_reset(&out);
                if (decode(&bytes, &out) == OK) {
                    good++;
                    assert_true(buf_ok(&out));
                }
                bytes.at[at] ^= (unsigned char)change;
            }
        }
    }
    assert_true(good > 10000); /* most numbers may have any value */
    buf_clear(&out);
}

/* Found by fuzzing: msgpack-c 4.0 returns NULL for an empty text after only small numbers. */
static void an_empty_text_is_not_absent(void **state)
{
    static const unsigned char empty[] = {0x95, 1, 'A', 0, 0, 0xa0};
    static const unsigned char absent[] = {0x95, 1, 'A', 0, 0, 0xc0};
    struct wire_decoder *decoder = wire_decoder_create();
    struct wire_frame frame;

    (void)state;
    assert_int_equal(wire_decode(decoder, slice_of(empty, sizeof empty), &frame), OK);
    assert_non_null(frame.reply.text.data);
    assert_int_equal(frame.reply.text.size, 0);
    assert_int_equal(wire_decode(decoder, slice_of(absent, sizeof absent), &frame), OK);
    assert_null(frame.reply.text.data);
    wire_decoder_destroy(decoder);
}

static void versions(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        struct bytes bytes = unhex(golden[i].hex);

        for (unsigned version = 0; version < 0x80; version++) {
            bytes.at[1] = (unsigned char)version;
            assert_int_equal(decode(&bytes, NULL), version == WIRE_VERSION ? OK : ERR_VERSION);
        }
    }
    assert_int_equal(decode_hex("92 02 50"), ERR_VERSION); /* the rest does not matter */
    assert_int_equal(decode_hex("93 cd0100 5a c0"), ERR_VERSION);
    assert_int_equal(decode_hex("92 02 9191919191919105"),
                     ERR_VERSION); /* neither does its structure */
    assert_int_equal(decode_hex("dc0002 02 9191919191919105"), ERR_VERSION);
    assert_int_equal(decode_hex("dd00000002 02 9191919191919105"), ERR_VERSION);
    assert_int_equal(decode_hex("91 02"), ERR_VERSION);
    assert_int_equal(decode_hex("dc0002 02 50"), ERR_VERSION);
    assert_int_equal(decode_hex("dd00000002 02 50"), ERR_VERSION);
    assert_int_equal(decode_hex("dc0002 01 50"), ERR_MALFORMED);
    assert_int_equal(decode_hex("91 01"), ERR_MALFORMED);
    assert_int_equal(decode_hex("92 c0 50"), ERR_MALFORMED);
    assert_int_equal(decode_hex("90"), ERR_MALFORMED);
}

static void unknown_types(void **state)
{
    (void)state;
    assert_int_equal(decode_hex("92 01 5a"), ERR_MALFORMED);
    assert_int_equal(decode_hex("92 01 00"), ERR_MALFORMED);
    assert_int_equal(decode_hex("92 01 cc80"), ERR_MALFORMED);
    assert_int_equal(decode_hex("92 01 cd0150"), ERR_MALFORMED);
    assert_int_equal(decode_hex("92 01 cf0000000100000050"), ERR_MALFORMED);
    assert_int_equal(decode_hex("01"), ERR_MALFORMED);
    assert_int_equal(decode_hex("a3 616263"), ERR_MALFORMED);
    assert_int_equal(decode_hex("c0"), ERR_MALFORMED);
    assert_int_equal(decode_hex(""), ERR_MALFORMED);
}

static void invalid_lists(void **state)
{
    (void)state;
    /* not a multiple of three */
    assert_int_equal(decode_hex("95 01 42 " EPOCH_HEX "03 94 2a 00 c40161 2b"), ERR_MALFORMED);
    assert_int_equal(decode_hex("97 01 48 " EPOCH_HEX "03 00 01 92 07 02"), ERR_MALFORMED);
    assert_int_equal(decode_hex("96 01 4f " EPOCH_HEX "03 07 91 05"), ERR_MALFORMED);
    /* an absent epoch is unknown; any other text must be an epoch */
    assert_int_equal(decode_hex("95 01 42 c0 03 90"), OK);
    assert_int_equal(decode_hex("95 01 42 a0 03 90"), OK);
    assert_int_equal(decode_hex("95 01 42 a141 03 90"), ERR_MALFORMED);
    assert_int_equal(decode_hex("95 01 42 a8 6161616161616161 03 90"), ERR_MALFORMED);
}

/* One decoder for all frames, valid or not. */
static void a_decoder_is_reused(void **state)
{
    struct wire_decoder *d = wire_decoder_create();
    struct buf out;

    (void)state;
    buf_init(&out, WIRE_FRAME_SIZE_MAX);
    for (size_t i = 0; i < 20 * GOLDEN_COUNT; i++) {
        struct bytes bytes = unhex(golden[i * 7 % GOLDEN_COUNT].hex);
        struct bytes bad = unhex(i % 3 == 0   ? "95 01 42 c0 03 dc0032 " EPOCH_HEX
                                 : i % 3 == 1 ? "96 01 4f c0 03 07 92 05 06"
                                              : "97 01 48 c0 03 00 01 91 07");
        struct wire_frame frame;

        assert_int_equal(wire_decode(d, slice_of(bad.at, bad.size), &frame), ERR_MALFORMED);
        assert_int_equal(wire_decode(d, slice_of(bytes.at, bytes.size), &frame), OK);
        buf_reset(&out);
        wire_encode(&out, &frame);
        assert_true(slice_equal(buf_all(&out), slice_of(bytes.at, bytes.size)));
    }
    buf_clear(&out);
    wire_decoder_destroy(d);
}

static void numbers_of_newer_and_older_peers(void **state)
{
    struct wire_decoder *d = wire_decoder_create();
    struct bytes reply = unhex("95 01 41 0d 7f c0");
    struct bytes few = unhex("94 01 69 07 92 05 06");
    struct bytes many = unhex("94 01 69 07 9f 01 02 03 04 05 06 07 08 09 0a 0b 0c 63 63 63");
    struct wire_frame f;

    (void)state;
    assert_int_equal(wire_decode(d, slice_of(reply.at, reply.size), &f), OK);
    assert_int_equal(f.reply.code, ERR_UNAVAILABLE); /* an unknown code */
    assert_null(f.reply.text.data);
    reply.at[4] = ERR_DENIED;
    assert_int_equal(wire_decode(d, slice_of(reply.at, reply.size), &f), OK);
    assert_int_equal(f.reply.code, ERR_DENIED);
    assert_int_equal(wire_decode(d, slice_of(few.at, few.size), &f), OK);
    assert_int_equal(f.ping.metrics.streams, 6);
    assert_int_equal(f.ping.metrics.delivered, 0);
    assert_int_equal(wire_decode(d, slice_of(many.at, many.size), &f), OK);
    assert_int_equal(f.ping.metrics.malformed, 12);
    wire_decoder_destroy(d);
}

static void huge_claims(void **state)
{
    struct wire_decoder *d = wire_decoder_create();
    char *large = calloc(1, WIRE_FRAME_SIZE_MAX + 1);
    struct wire_frame f;

    (void)state;
    assert_non_null(large);
    assert_int_equal(decode_hex("ddffffffff"), ERR_TOO_MANY);
    assert_int_equal(decode_hex("95 01 42 " EPOCH_HEX "03 ddffffffff"), ERR_TOO_MANY);
    assert_int_equal(decode_hex("95 01 42 " EPOCH_HEX "03 dcffff"), ERR_MALFORMED);
    assert_int_equal(decode_hex("95 01 42 dbffffffff"), ERR_MALFORMED);
    assert_int_equal(decode_hex("97 01 50 c0 00 00 00 91 c6ffffffff"), ERR_MALFORMED);
    assert_int_equal(decode_hex("91 91 91 91 91 01"), ERR_MALFORMED);
    assert_int_equal(wire_decode(d, slice_of(large, WIRE_FRAME_SIZE_MAX + 1), &f), ERR_TOO_LARGE);
    assert_int_equal(wire_decode(d, slice_of(large, WIRE_FRAME_SIZE_MAX), &f), ERR_MALFORMED);
    /* an array with the maximum number of elements, and one more */
    memcpy(large, "\x95\x01\x61\x0d\xa0\xdd\x00\x03\xff\xfb", 10);
    memset(large + 10, 0xa0, WIRE_ELEMENTS_MAX);
    assert_int_equal(wire_decode(d, slice_of(large, 10 + WIRE_ELEMENTS_MAX - 5), &f), OK);
    assert_int_equal(f.command.argument_count, WIRE_ELEMENTS_MAX - 5);
    large[9]++;
    assert_int_equal(wire_decode(d, slice_of(large, 11 + WIRE_ELEMENTS_MAX - 5), &f), ERR_TOO_MANY);
    free(large);
    wire_decoder_destroy(d);
}

static void survives_without_memory(void **state)
{
    size_t blocks = mem_fault_blocks();

    (void)state;
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        struct bytes bytes = unhex(golden[i].hex);
        struct wire_decoder *d = wire_decoder_create();
        struct wire_frame f = {.type = 0};
        unsigned failed;

        mem_fault_at(1);
        if (wire_decode(d, slice_of(bytes.at, bytes.size), &f) != OK)
            assert_int_equal(f.type, 0);
        else
            assert_int_equal(mem_fault_count(), 0);
        failed = mem_fault_count();
        mem_fault_at(0);
        assert_int_equal(wire_decode(d, slice_of(bytes.at, bytes.size), &f), OK);
        assert_int_equal(f.type, golden[i].frame.type);
        assert_true(failed == 1 || f.type == WIRE_HELLO || f.type == WIRE_WELCOME ||
                    f.type == WIRE_PING || f.type == WIRE_REPLY);
        wire_decoder_destroy(d);
    }
    assert_int_equal(mem_fault_blocks(), blocks);
}

static void destroy_allows_null(void **state)
{
    (void)state;
    wire_decoder_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_bytes_both_ways),
        cmocka_unit_test(fields_are_in_their_place),
        cmocka_unit_test(cut_after_each_byte),
        cmocka_unit_test(unknown_trailing_elements_are_ignored),
        cmocka_unit_test(values_of_a_wrong_type),
        cmocka_unit_test(each_byte_changed),
        cmocka_unit_test(an_empty_text_is_not_absent),
        cmocka_unit_test(versions),
        cmocka_unit_test(unknown_types),
        cmocka_unit_test(invalid_lists),
        cmocka_unit_test(a_decoder_is_reused),
        cmocka_unit_test(numbers_of_newer_and_older_peers),
        cmocka_unit_test(huge_claims),
        cmocka_unit_test(survives_without_memory),
        cmocka_unit_test(destroy_allows_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
