/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOPIC_POSITION_SET_H
#define BELFRY_COMMON_TOPIC_POSITION_SET_H

/* A set of positions in a text of `size` bytes.
 *
 * Position i is before byte i; position `size` is after the last byte. Pattern matching keeps the
 * possible ends of what it has matched so far in such a set. The caller owns the words. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Number of words that the positions of a text need. */
#define POSITION_SET_WORDS(size) ((size) / 64 + 1)

static inline void position_set_clear(uint64_t *p, size_t size)
{
    memset(p, 0, POSITION_SET_WORDS(size) * sizeof(*p));
}

static inline void position_set_copy(uint64_t *to, const uint64_t *from, size_t size)
{
    memcpy(to, from, POSITION_SET_WORDS(size) * sizeof(*to));
}

static inline void position_set_unite(uint64_t *to, const uint64_t *from, size_t size)
{
    for (size_t i = 0; i < POSITION_SET_WORDS(size); i++)
        to[i] |= from[i];
}

static inline void position_set_add(uint64_t *p, size_t i)
{
    p[i / 64] |= UINT64_C(1) << (i % 64);
}

/* Adds all positions from `first` to `last`. */
static inline void position_set_fill(uint64_t *p, size_t first, size_t last)
{
    uint64_t from = UINT64_MAX << (first % 64);
    uint64_t to = UINT64_MAX >> (63 - last % 64);

    if (first / 64 == last / 64) {
        p[first / 64] |= from & to;
        return;
    }
    p[first / 64] |= from;
    for (size_t i = first / 64 + 1; i < last / 64; i++)
        p[i] = UINT64_MAX;
    p[last / 64] |= to;
}

static inline bool position_set_has(const uint64_t *p, size_t i)
{
    return (p[i / 64] >> (i % 64) & 1) != 0;
}

/* Returns the first position at or after `i`, or size + 1 if there is none. */
static inline size_t position_set_next(const uint64_t *p, size_t i, size_t size)
{
    size_t word = i / 64;
    uint64_t bits;

    if (i > size)
        return size + 1;
    bits = p[word] & UINT64_MAX << (i % 64);
    while (bits == 0) {
        if (++word >= POSITION_SET_WORDS(size))
            return size + 1;
        bits = p[word];
    }
    return word * 64 + (size_t)__builtin_ctzll(bits);
}

#endif
