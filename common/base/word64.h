/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_BASE_WORD64_H
#define BELFRY_COMMON_BASE_WORD64_H

/* Loads eight bytes of text into a 64-bit word, for code that examines every incoming byte. */

#include <stdint.h>
#include <string.h>

/* Returns a word of eight equal bytes. */
#define WORD64_OF(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Loads eight bytes; the first becomes the lowest byte of the word. Shifts are not used, since gcc
 * does not always combine them into a single load. */
static inline uint64_t word64_load(const char *text)
{
    uint64_t word;

    memcpy(&word, text, sizeof word);
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(word) : word;
}

#endif
