/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/wire_scan.h"

#include <stdint.h>

/* The first byte of a value says its kind (msgpack specification, "Formats"). */
struct head {
    size_t size;     /* of the head itself: marker and length */
    uint64_t bytes;  /* that follow and belong to the value */
    uint64_t values; /* that follow, for an array or a map */
    bool known;
};

static uint64_t big_endian(const unsigned char *p, size_t size)
{
    uint64_t number = 0;

    for (size_t i = 0; i < size; i++)
        number = number << 8 | p[i];
    return number;
}

/* A head with a length of 1, 2 or 4 bytes after the marker: of bytes (and `extra` more), or, when `each` is
 * not 0, of items with so many values. */
static struct head sized(const unsigned char *p, size_t left, size_t length_size, unsigned extra,
                         unsigned each)
{
    struct head head = {.size = 1 + length_size, .known = left >= 1 + length_size};
    uint64_t length;

    if (!head.known)
        return head;
    length = big_endian(p + 1, length_size);
    if (each > 0)
        head.values = length * each;
    else
        head.bytes = length + extra;
    return head;
}

static struct head plain(uint64_t bytes, uint64_t values)
{
    return (struct head){.size = 1, .bytes = bytes, .values = values, .known = true};
}

static struct head read_head(const unsigned char *p, size_t left)
{
    unsigned char m = p[0];

    if (m <= 0x7f || m >= 0xe0 || m == 0xc0 || m == 0xc2 || m == 0xc3)
        return plain(0, 0); /* small integer, nil, false, true */
    if (m <= 0x8f)
        return plain(0, 2 * (m & 0x0f)); /* small map */
    if (m <= 0x9f)
        return plain(0, m & 0x0f); /* small array */
    if (m <= 0xbf)
        return plain(m & 0x1f, 0); /* small string */
    if (m >= 0xc4 && m <= 0xc6)
        return sized(p, left, (size_t)1 << (m - 0xc4), 0, 0); /* binary */
    if (m >= 0xc7 && m <= 0xc9)
        return sized(p, left, (size_t)1 << (m - 0xc7), 1, 0); /* extension, with its type */
    if (m == 0xca || m == 0xcb)
        return plain(m == 0xca ? 4 : 8, 0); /* floating point */
    if (m >= 0xcc && m <= 0xd3)
        return plain(UINT64_C(1) << (m & 3), 0); /* integers of 1, 2, 4, 8 bytes */
    if (m >= 0xd4 && m <= 0xd8)
        return plain((UINT64_C(1) << (m - 0xd4)) + 1, 0); /* extension of 1 to 16 bytes */
    if (m >= 0xd9 && m <= 0xdb)
        return sized(p, left, (size_t)1 << (m - 0xd9), 0, 0); /* string */
    if (m == 0xdc || m == 0xdd)
        return sized(p, left, m == 0xdc ? 2 : 4, 0, 1); /* array */
    if (m == 0xde || m == 0xdf)
        return sized(p, left, m == 0xde ? 2 : 4, 0, 2); /* map */
    return (struct head){.size = 1};                    /* 0xc1 is never used */
}

enum err wire_scan(struct slice bytes, size_t max_elements)
{
    const unsigned char *p = (const unsigned char *)bytes.data;
    uint64_t open[WIRE_SCAN_DEPTH]; /* values still to come, per array we are in */
    size_t depth = 0;
    size_t at = 0;
    uint64_t elements = 0;

    do {
        struct head head;

        if (at == bytes.size)
            return ERR_MALFORMED;
        head = read_head(p + at, bytes.size - at);
        if (!head.known || head.bytes > bytes.size - at - head.size)
            return ERR_MALFORMED;
        at += head.size + (size_t)head.bytes;
        if (depth > 0)
            open[depth - 1]--;
        if (head.values > 0) {
            elements += head.values;
            if (elements > max_elements)
                return ERR_TOO_MANY;
            if (depth == WIRE_SCAN_DEPTH || head.values > bytes.size - at)
                return ERR_MALFORMED;
            open[depth++] = head.values;
        }
        while (depth > 0 && open[depth - 1] == 0)
            depth--;
    } while (depth > 0);
    return at == bytes.size ? OK : ERR_MALFORMED;
}
