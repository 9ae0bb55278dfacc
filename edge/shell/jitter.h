/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_JITTER_H
#define BELFRY_EDGE_SHELL_JITTER_H

/* Random numbers that spread clients over time (xorshift64*). They are predictable, so they must
 * not be used for secrets. Pure. */

#include <stdint.h>

struct jitter {
    uint64_t state;
};

static inline void jitter_seed(struct jitter *j, uint64_t seed)
{
    j->state = seed | 1; /* xorshift never leaves 0 */
}

/* Returns the next random number. */
static inline uint32_t jitter_next(struct jitter *j)
{
    j->state ^= j->state >> 12;
    j->state ^= j->state << 25;
    j->state ^= j->state >> 27;
    return (uint32_t)((j->state * 2685821657736338717u) >> 32);
}

#endif
