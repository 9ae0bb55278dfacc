/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_BASE_HASH_H
#define BELFRY_COMMON_BASE_HASH_H

/* A keyed hash (SipHash-2-4) for tables whose keys clients choose: without the key nobody can make
 * names that collide. The key is random per process; it comes from the shell, since a core has
 * no source of randomness. */

#include "common/base/slice.h"

#include <stdint.h>

#define HASH_KEY_SIZE 16

struct hash_key {
    unsigned char bytes[HASH_KEY_SIZE];
};

/* 64 bits; uthash takes the lower 32 of them. */
uint64_t hash_bytes(const struct hash_key *key, struct slice bytes);

#endif
