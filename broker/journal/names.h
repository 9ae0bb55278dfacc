/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_JOURNAL_NAMES_H
#define BELFRY_BROKER_JOURNAL_NAMES_H

/* A set of names (topics), each with a number: 0, 1, 2, … in the order they came. It keeps copies.
 * What belongs to a name lives in an array beside it, at its number.
 *
 * The hash is keyed, since clients choose the names. Pure: no thread of its own. */

#include "common/base/err.h"
#include "common/base/hash.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct name {
    struct slice text;
    uint64_t hash;
};

struct names_chunk;

struct names {
    struct hash_key key;
    struct name *list;
    size_t count;
    size_t capacity;
    uint32_t *slots; /* open addressing; number + 1, or 0 */
    size_t slot_count;
    struct names_chunk *chunks; /* the texts */
    size_t memory;              /* bytes taken for all of it */
};

void names_init(struct names *n, const struct hash_key *key);
void names_clear(struct names *n);

/* Forgets the names and keeps the tables' memory. */
void names_reset(struct names *n);

/* The number of a name, which is added if it is new. ERR_NO_MEMORY. */
MUST_CHECK enum err names_add(struct names *n, struct slice text, uint32_t *out);

/* False when the set does not have it. */
bool names_find(const struct names *n, struct slice text, uint32_t *out);

#endif
