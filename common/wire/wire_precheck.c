/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/wire/wire_precheck.h"

#include <stdbool.h>
#include <stdint.h>

/* The data after each of the markers 0xc0 to 0xdf (msgpack specification, "Formats"). */
struct format {
    uint8_t length; /* size of the length field; 0 = none */
    uint8_t bytes;  /* bytes of the value; with a length field: bytes in addition to the length */
    uint8_t values; /* values per counted element: 1 for an array, 2 for a map, otherwise 0 */
};

#define NEVER_USED 0xff

static const struct format formats[] = {
    /* nil, never used, false, true */
    {0, 0, 0},
    {0, NEVER_USED, 0},
    {0, 0, 0},
    {0, 0, 0},
    /* binary */
    {1, 0, 0},
    {2, 0, 0},
    {4, 0, 0},
    /* extension: the length does not count the type */
    {1, 1, 0},
    {2, 1, 0},
    {4, 1, 0},
    /* floating point */
    {0, 4, 0},
    {0, 8, 0},
    /* integers, unsigned and signed */
    {0, 1, 0},
    {0, 2, 0},
    {0, 4, 0},
    {0, 8, 0},
    {0, 1, 0},
    {0, 2, 0},
    {0, 4, 0},
    {0, 8, 0},
    /* extensions of 1 to 16 bytes */
    {0, 2, 0},
    {0, 3, 0},
    {0, 5, 0},
    {0, 9, 0},
    {0, 17, 0},
    /* string */
    {1, 0, 0},
    {2, 0, 0},
    {4, 0, 0},
    /* array, map */
    {2, 0, 1},
    {4, 0, 1},
    {2, 0, 2},
    {4, 0, 2},
};

#define NIL 0xc0
#define TOO_LARGE UINT64_MAX

/* Returns true for a small integer or nil, as most values are. */
static bool is_single(unsigned char marker)
{
    return marker <= 0x7f || marker >= 0xe0 || marker == NIL;
}

/* Returns the size of a value; for an array or a map the size of its head, and *out_values is the
 * number of values that follow. Returns TOO_LARGE for an invalid marker or an incomplete head. */
static uint64_t measure(const unsigned char *p, size_t left, uint64_t *out_values)
{
    struct format format;
    uint64_t length = 0;

    if (p[0] < 0xa0) {
        *out_values = p[0] < 0x90 ? 2 * (p[0] & 0x0f) : p[0] & 0x0f; /* small map, array */
        return 1;
    }
    if (p[0] < 0xc0)
        return 1 + (p[0] & 0x1f); /* small string */
    format = formats[p[0] - 0xc0];
    if (format.length == 0)
        return format.bytes == NEVER_USED ? TOO_LARGE : UINT64_C(1) + format.bytes;
    if (format.length >= left)
        return TOO_LARGE;
    for (size_t i = 1; i <= format.length; i++)
        length = length << 8 | p[i];
    *out_values = length * format.values;
    return 1 + format.length + (format.values > 0 ? 0 : format.bytes + length);
}

enum err wire_precheck(struct slice bytes, size_t max_elements)
{
    const unsigned char *p = (const unsigned char *)bytes.data;
    /* remaining values of the enclosing arrays and maps, and of the current one */
    uint64_t open[WIRE_DEPTH_MAX];
    uint64_t values = 1;
    size_t depth = 0;
    size_t left = bytes.size;
    uint64_t elements = 0;

    for (;;) {
        uint64_t size = 1;
        uint64_t inner = 0;

        while (values == 0) {
            if (depth == 0)
                return left == 0 ? OK : ERR_MALFORMED;
            values = open[--depth];
        }
        values--;
        if (left == 0)
            return ERR_MALFORMED;
        if (!is_single(*p))
            size = measure(p, left, &inner);
        if (size > left)
            return ERR_MALFORMED;
        p += size;
        left -= (size_t)size;
        if (inner == 0)
            continue;
        elements += inner;
        if (elements > max_elements)
            return ERR_TOO_MANY;
        if (depth == WIRE_DEPTH_MAX || inner > left)
            return ERR_MALFORMED;
        open[depth++] = values;
        values = inner;
    }
}
