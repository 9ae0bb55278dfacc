/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_BASE_EIGHT_H
#define BELFRY_COMMON_BASE_EIGHT_H

/* Eight bytes of a text at once, in one number, for what looks at every byte that comes in. */

#include <stdint.h>
#include <string.h>

/* The same byte eight times. */
#define EIGHT(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The first byte is the lowest. (Not put together by shifts: gcc loses sight of the single load
 * where several are combined.) */
static inline uint64_t eight_load(const char *text)
{
    uint64_t eight;

    memcpy(&eight, text, sizeof eight);
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(eight) : eight;
}

#endif
