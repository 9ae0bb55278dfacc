/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/base/hash.h"

#include <sodium.h>

_Static_assert(HASH_KEY_SIZE == crypto_shorthash_KEYBYTES, "SipHash has a 128-bit key");

uint64_t hash_bytes(const struct hash_key *key, struct slice bytes)
{
    unsigned char out[crypto_shorthash_BYTES];
    uint64_t hash;

    (void)crypto_shorthash(out, (const unsigned char *)bytes.data, bytes.size, key->bytes);
    memcpy(&hash, out, sizeof hash);
    return hash;
}
