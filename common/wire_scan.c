/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/wire_scan.h"

#include <stdint.h>

/* The first byte of a value says its kind (msgpack specification, "Formats"). */
struct head {
    size_t size;     /* of the head itself: marker and length */
    uint64_t bytes;  /* that follow and belong to the value */
    uint64_t values; /* that follow, for an array */
    bool known;
};

static uint64_t big_endian(const unsigned char *p, size_t size)
{
    uint64_t number = 0;

    for (size_t i = 0; i < size; i++)
        number = number << 8 | p[i];
    return number;
}

/* A head with a length of 1, 2 or 4 bytes after the marker. */
static struct head sized(const unsigned char *p, size_t left, size_t length_size, bool array)
{
    struct head head = {.size = 1 + length_size, .known = left >= 1 + length_size};
    uint64_t length;

    if (!head.known)
        return head;
    length = big_endian(p + 1, length_size);
    if (array)
        head.values = length;
    else
        head.bytes = length;
    return head;
}

static struct head read_head(const unsigned char *p, size_t left)
{
    unsigned char m = p[0];

    if (m <= 0x7f || m >= 0xe0 || m == 0xc0 || m == 0xc2 || m == 0xc3)
        return (struct head){.size = 1, .known = true}; /* small integer, nil, false, true */
    if (m >= 0x90 && m <= 0x9f)
        return (struct head){.size = 1, .values = m & 0x0f, .known = true};
    if (m >= 0xa0 && m <= 0xbf)
        return (struct head){.size = 1, .bytes = m & 0x1f, .known = true};
    if (m == 0xc4 || m == 0xd9)
        return sized(p, left, 1, false);
    if (m == 0xc5 || m == 0xda)
        return sized(p, left, 2, false);
    if (m == 0xc6 || m == 0xdb)
        return sized(p, left, 4, false);
    if (m == 0xdc)
        return sized(p, left, 2, true);
    if (m == 0xdd)
        return sized(p, left, 4, true);
    if (m >= 0xcc && m <= 0xd3) /* integers of 1, 2, 4, 8 bytes, unsigned and signed */
        return (struct head){.size = 1, .bytes = UINT64_C(1) << (m & 3), .known = true};
    return (struct head){.size = 1}; /* maps, floats, extensions: never sent */
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
