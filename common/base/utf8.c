/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/base/utf8.h"

#include "common/base/word64.h"

#include <assert.h>
#include <stdint.h>

/* Returns the number of bytes of the character at `p`, which is not ASCII; 0 if it is invalid (RFC
 * 3629, section 4). */
static size_t sequence(const unsigned char *p, size_t left)
{
    unsigned char low = 0x80;
    unsigned char high = 0xbf;
    size_t size;

    if (p[0] < 0xc2 || p[0] > 0xf4)
        return 0;
    size = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (size > left)
        return 0;
    if (p[0] == 0xe0)
        low = 0xa0; /* no overlong form */
    else if (p[0] == 0xed)
        high = 0x9f; /* no surrogate */
    else if (p[0] == 0xf0)
        low = 0x90; /* no overlong form */
    else if (p[0] == 0xf4)
        high = 0x8f; /* not above U+10FFFF */
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    return size;
}

/* Returns true if none of the eight bytes has its highest bit set. */
static bool are_ascii(uint64_t word)
{
    return (word & WORD64_OF(0x80)) == 0;
}

static bool is_ascii32(const char *p)
{
    return are_ascii(word64_load(p) | word64_load(p + 8) | word64_load(p + 16) |
                     word64_load(p + 24));
}

bool utf8_valid(struct slice text)
{
    const unsigned char *p = (const unsigned char *)text.data;
    size_t at = 0;

    while (at < text.size) {
        size_t size;

        /* Checks 32 bytes at once only after 8 ASCII bytes: in text of other scripts, that check
         * would mostly fail. */
        if (text.size - at >= 8 && are_ascii(word64_load(text.data + at))) {
            at += 8;
            while (text.size - at >= 32 && is_ascii32(text.data + at))
                at += 32;
            continue;
        }
        if (p[at] < 0x80) {
            at++;
            continue;
        }
        size = sequence(p + at, text.size - at);
        if (size == 0)
            return false;
        at += size;
    }
    return true;
}

size_t utf8_encode(uint32_t code, char out[4])
{
    static const unsigned char first[] = {0, 0xc0, 0xe0, 0xf0};
    size_t more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;

    assert(code <= 0x10ffff && (code < 0xd800 || code > 0xdfff));
    for (size_t i = more; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    out[0] = (char)(first[more] | code);
    return more + 1;
}
