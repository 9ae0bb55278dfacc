/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOPIC_PLACES_H
#define BELFRY_COMMON_TOPIC_PLACES_H

/* A set of places in a text of `size` bytes: place i is before byte i, place `size` behind the
 * last one. What matches patterns keeps in it where the part up to now may end. The words are the
 * caller's. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* How many words the places of a text need. */
#define PLACES_WORDS(size) ((size) / 64 + 1)

static inline void places_none(uint64_t *p, size_t size)
{
    memset(p, 0, PLACES_WORDS(size) * sizeof(*p));
}

static inline void places_copy(uint64_t *to, const uint64_t *from, size_t size)
{
    memcpy(to, from, PLACES_WORDS(size) * sizeof(*to));
}

static inline void places_unite(uint64_t *to, const uint64_t *from, size_t size)
{
    for (size_t i = 0; i < PLACES_WORDS(size); i++)
        to[i] |= from[i];
}

static inline void places_add(uint64_t *p, size_t i)
{
    p[i / 64] |= UINT64_C(1) << (i % 64);
}

/* All places from `first` to `last`. */
static inline void places_fill(uint64_t *p, size_t first, size_t last)
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

static inline bool places_has(const uint64_t *p, size_t i)
{
    return (p[i / 64] >> (i % 64) & 1) != 0;
}

/* The first place at or after `i`; size + 1 when there is none. */
static inline size_t places_next(const uint64_t *p, size_t i, size_t size)
{
    size_t word = i / 64;
    uint64_t bits;

    if (i > size)
        return size + 1;
    bits = p[word] & UINT64_MAX << (i % 64);
    while (bits == 0) {
        if (++word >= PLACES_WORDS(size))
            return size + 1;
        bits = p[word];
    }
    return word * 64 + (size_t)__builtin_ctzll(bits);
}

#endif
