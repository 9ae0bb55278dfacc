/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_ACCESS_TOKEN_CACHE_H
#define BELFRY_EDGE_ACCESS_TOKEN_CACHE_H

/* Tokens that were verified lately, with what they allow: a hit costs a hash and a comparison instead of a
 * signature. Bounded in bytes; when it is full, those that were not asked for longest go first. Found by a keyed
 * hash of the whole token and then compared byte by byte, so nobody can make tokens that stand for others.
 *
 * One set of keys and rules: when either changes, clear it. Pure data: init/clear, embeddable.
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
    struct hash_key key;
    uint64_t leeway_ms;
    size_t limit; /* bytes */
    size_t bytes; /* of entries, tokens and grants, about */
    size_t count;
    uint64_t hits; /* counters */
    uint64_t misses;
    uint64_t evicted; /* for lack of room */
    struct token_cache_entry *table;
    struct list recent; /* the least recently used first */
};

/* `leeway_ms` is that of the rules that the tokens are verified with. A limit of 0 keeps nothing. */
void token_cache_init(struct token_cache *c, const struct hash_key *key, uint64_t leeway_ms,
                      size_t limit);

/* Forgets all tokens; streams keep their grants. The cache goes on empty: this is also how it ends. */
void token_cache_clear(struct token_cache *c);

/* What the token allows, without a new reference: take one to keep it beyond the next call. NULL when the token
 * must be verified: it is not there, or it expired (then it is gone). */
struct grants *token_cache_find(struct token_cache *c, uint64_t now_ms, struct slice token);

/* Keeps a verified token, with a reference of its own. Nothing is kept when there is no memory, or no room for
 * it even in an empty cache. One that is there already is replaced. */
void token_cache_put(struct token_cache *c, struct slice token, struct grants *grants);

#endif
