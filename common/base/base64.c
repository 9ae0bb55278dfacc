/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/base/base64.h"

#include <stdint.h>

void base64url_encode(struct buf *out, struct slice bytes)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const unsigned char *p = (const unsigned char *)bytes.data;

    for (size_t i = 0; i < bytes.size; i += 3) {
        size_t left = bytes.size - i;
        uint32_t group = (uint32_t)p[i] << 16;

        if (left > 1)
            group |= (uint32_t)p[i + 1] << 8;
        if (left > 2)
            group |= p[i + 2];
        buf_char(out, alphabet[group >> 18]);
        buf_char(out, alphabet[group >> 12 & 63]);
        if (left > 1)
            buf_char(out, alphabet[group >> 6 & 63]);
        if (left > 2)
            buf_char(out, alphabet[group & 63]);
    }
}

/* The value of a character, 64 for one that is not of the alphabet. */
static uint32_t value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (uint32_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint32_t)(c - 'a' + 26);
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0' + 52);
    return c == '-' ? 62 : c == '_' ? 63 : 64;
}

/* Two to four characters make one to three bytes. False: other characters, or bits beyond the
 * bytes. */
static bool decode_group(struct slice text, unsigned char bytes[3])
{
    uint32_t group = 0;

    for (size_t i = 0; i < 4; i++) {
        uint32_t value = i < text.size ? value_of(text.data[i]) : 0;

        if (value > 63)
            return false;
        group = group << 6 | value;
    }
    bytes[0] = (unsigned char)(group >> 16);
    bytes[1] = (unsigned char)(group >> 8);
    bytes[2] = (unsigned char)group;
    return text.size == 4 || (text.size == 3 ? bytes[2] == 0 : bytes[1] == 0 && bytes[2] == 0);
}

enum err base64url_decode(struct slice text, struct buf *out)
{
    for (size_t i = 0; i < text.size; i += 4) {
        size_t size = text.size - i < 4 ? text.size - i : 4;
        unsigned char bytes[3];

        if (size < 2 || !decode_group(slice_of(text.data + i, size), bytes))
            return ERR_INVALID;
        buf_append(out, bytes, size - 1);
    }
    return buf_ok(out) ? OK : ERR_TOO_LARGE;
}
