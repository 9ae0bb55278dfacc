/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_BASE_HASH_H
#define BELFRY_COMMON_BASE_HASH_H

/* A keyed hash (SipHash-2-4) for tables whose keys are chosen by clients. Clients do not
 * know the hash key of a table, so they cannot choose colliding names. It is random per process and
 * comes from the shell, since a core has no source of randomness. */

#include "common/base/slice.h"

#include <stdint.h>

#define HASH_KEY_SIZE 16

struct hash_key {
    unsigned char bytes[HASH_KEY_SIZE];
};

/* Returns the 64-bit hash; uthash uses its lower 32 bits. */
uint64_t hash_bytes(const struct hash_key *key, struct slice bytes);

#endif
