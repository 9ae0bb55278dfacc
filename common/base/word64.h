/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_BASE_WORD64_H
#define BELFRY_COMMON_BASE_WORD64_H

/* Eight bytes of a text in one 64-bit word, for code that examines every byte that comes in. */

#include <stdint.h>
#include <string.h>

/* A word of eight equal bytes. */
#define WORD64_OF(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Loads eight bytes; the first is the lowest byte of the word. (Not put together by shifts: gcc
 * loses sight of the single load where several are combined.) */
static inline uint64_t word64_load(const char *text)
{
    uint64_t word;

    memcpy(&word, text, sizeof word);
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(word) : word;
}

#endif
