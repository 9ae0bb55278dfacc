/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_ACCESS_TOKEN_CACHE_H
#define BELFRY_EDGE_ACCESS_TOKEN_CACHE_H

/* Caches verified tokens and what they allow. A hit costs a hash and a comparison instead of the
 * check of a signature. The cache is bounded in bytes; when it is full, the least recently used
 * tokens are dropped. Tokens are found by a keyed hash and compared byte by byte, so nobody can
 * craft a token that passes for another.
 *
 * It belongs to one set of keys and rules: clear it when either changes. Pure data: init/clear,
 * embeddable.
 *
 * Threads: one. */

#include "common/base/hash.h"
#include "common/base/list.h"
#include "common/base/slice.h"
#include "common/token/grants.h"

#include <stddef.h>
#include <stdint.h>

struct token_cache_entry;

struct token_cache {
    struct hash_key key; /* of the hash of a token */
    uint64_t leeway_ms;
    size_t limit;  /* bytes */
    size_t bytes;  /* of entries, tokens and grants; approximate */
    size_t count;  /* number of tokens */
    uint64_t hits; /* counters */
    uint64_t misses;
    uint64_t evicted; /* dropped because the cache was full */
    struct token_cache_entry *table;
    struct list recent; /* least recently used first */
};

/* `leeway_ms` is that of the rules with which the tokens are verified. A limit of 0 caches
 * nothing. */
void token_cache_init(struct token_cache *c, const struct hash_key *key, uint64_t leeway_ms,
                      size_t limit);

/* Drops all tokens; streams keep their grants. The empty cache can be used again, and needs no
 * other cleanup. */
void token_cache_clear(struct token_cache *c);

/* Returns what the token allows at `now_ms` (Unix time), without a new reference: take one to keep
 * it beyond the next call. NULL if the token must be verified: it is not cached, or has expired and
 * was dropped. */
struct grants *token_cache_find(struct token_cache *c, uint64_t now_ms, struct slice token);

/* Caches a verified token, with a reference of its own, and replaces an older entry. Does
 * nothing if there is no memory, or the token is larger than the cache. */
void token_cache_put(struct token_cache *c, struct slice token, struct grants *grants);

#endif
