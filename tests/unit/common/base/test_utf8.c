/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A reference encoder after the table of RFC 3629, section 3. */
static size_t encode(uint32_t code, unsigned char out[4])
{
    if (code < 0x80) {
        out[0] = (unsigned char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (unsigned char)(0xc0 | code >> 6);
        out[1] = (unsigned char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (unsigned char)(0xe0 | code >> 12);
        out[1] = (unsigned char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (unsigned char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (unsigned char)(0xf0 | code >> 18);
    out[1] = (unsigned char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (unsigned char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (unsigned char)(0x80 | (code & 0x3f));
    return 4;
}

static void every_character(void **state)
{
    unsigned char bytes[4];

    (void)state;
    for (uint32_t code = 0; code < 0x110000; code++) {
        size_t size = encode(code, bytes);
        bool surrogate = code >= 0xd800 && code <= 0xdfff;

        if (utf8_valid(slice_of(bytes, size)) == surrogate)
            fail_msg("U+%04X", code);
        for (size_t cut = 1; cut < size; cut++) {
            if (utf8_valid(slice_of(bytes, cut)))
                fail_msg("U+%04X cut to %zu", code, cut);
        }
    }
    (void)encode(0x110000, bytes);
    assert_false(utf8_valid(slice_of(bytes, 4)));
}

/* Sequences of two and three bytes are valid exactly if they encode characters. */
static void every_pair_of_bytes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 0x10000; i++) {
        const unsigned char pair[2] = {(unsigned char)(i >> 8), (unsigned char)i};
        bool both_ascii = pair[0] < 0x80 && pair[1] < 0x80;
        bool one = pair[0] >= 0xc2 && pair[0] <= 0xdf && pair[1] >= 0x80 && pair[1] <= 0xbf;

        if (utf8_valid(slice_of(pair, 2)) != (both_ascii || one))
            fail_msg("%02x %02x", pair[0], pair[1]);
    }
}

static void invalid_sequences(void **state)
{
    static const struct slice bad[] = {
        SLICE_INIT("\x80"),             /* a lone continuation byte */
        SLICE_INIT("\xc0\x80"),         /* overlong NUL */
        SLICE_INIT("\xc1\xbf"),         /* overlong */
        SLICE_INIT("\xe0\x9f\xbf"),     /* overlong */
        SLICE_INIT("\xed\xa0\x80"),     /* surrogate */
        SLICE_INIT("\xf0\x8f\xbf\xbf"), /* overlong */
        SLICE_INIT("\xf4\x90\x80\x80"), /* above U+10FFFF */
        SLICE_INIT("\xf5\x80\x80\x80"),
        SLICE_INIT("\xff"),
        SLICE_INIT("\xe2\x82\xac\xac"), /* one continuation byte too many */
        SLICE_INIT("\xe2\x82"
                   "a"),
        SLICE_INIT("\xf0\x9f\x98"
                   "a"),
    };
    char text[100];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(utf8_valid(bad[i]));
        /* At each position of a text that is checked 8, then 32 bytes at a time. */
        for (size_t at = 0; at + bad[i].size <= sizeof text; at++) {
            memset(text, 'a', sizeof text);
            memcpy(text + at, bad[i].data, bad[i].size);
            assert_false(utf8_valid(slice_of(text, sizeof text)));
        }
    }
}

static void valid_text(void **state)
{
    char text[100];

    (void)state;
    assert_true(utf8_valid((struct slice){0}));
    assert_true(utf8_valid(SLICE("a\0b")));
    assert_true(utf8_valid(SLICE("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80 12345678")));
    for (size_t at = 0; at + 4 <= sizeof text; at++) {
        memset(text, 'a', sizeof text);
        memcpy(text + at, "\xf0\x9f\x98\x80", 4);
        for (size_t size = 0; size <= sizeof text; size++)
            assert_int_equal(utf8_valid(slice_of(text, size)), size <= at || size >= at + 4);
    }
}

/* Encodings sort like their characters: if each is valid and above the previous one, each is
 * right. */
static void encodes_every_character(void **state)
{
    char before[4] = {0};
    size_t count = 0;

    (void)state;
    for (uint32_t c = 1; c <= 0x10ffff; c++) {
        char text[4] = {0};
        size_t size;

        if (c == 0xd800)
            c = 0xe000;
        size = utf8_encode(c, text);
        assert_true(utf8_valid(slice_of(text, size)));
        assert_true(memcmp(text, before, sizeof text) > 0);
        memcpy(before, text, sizeof before);
        count++;
    }
    assert_int_equal(count, 0x10ffff - 0x800);
    assert_memory_equal(before, "\xf4\x8f\xbf\xbf", 4);
    assert_int_equal(utf8_encode(0, before), 1);
    assert_int_equal(before[0], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character),         cmocka_unit_test(every_pair_of_bytes),
        cmocka_unit_test(invalid_sequences),       cmocka_unit_test(valid_text),
        cmocka_unit_test(encodes_every_character),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
