/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_HTTP_RATE_LIMITER_H
#define BELFRY_COMMON_HTTP_RATE_LIMITER_H

/* Token buckets by key (a client's address, a token's subject): how much each may do in a second.
 *
 * A bucket holds `burst` tokens at most and gets `rate` per second. Whoever finds it full may
 * always take, even more than the burst: the bucket then owes, and is shut until that is paid. So
 * one batch is never refused for ever, and the average stays below the rate.
 *
 * A key that is not in the table has a full bucket; a bucket that is full again leaves the table.
 * A bucket is known by the keyed hash of its key: that two of 100,000 keys share one has a chance
 * of 3 in 10^10, and then they share their tokens.
 *
 * At the table's limit the fullest bucket leaves ("evict fullest"): whoever took most is forgotten
 * last, so that nobody gets rid of a debt by coming from many addresses, unless each of these took
 * as much.
 *
 * Memory: 32 to 36 bytes for each of the entries, allocated at once. Times are the caller's, any
 * monotonic clock; a time that goes back counts as the one before. */

#include "common/base/err.h"
#include "common/base/hash.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

#define RATE_LIMITER_LIMIT_MAX (1U << 24)  /* entries: 600 MiB */
#define RATE_LIMITER_RATE_MAX 1000000000U  /* tokens per second: one per nanosecond */
#define RATE_LIMITER_BURST_MAX 1000000000U /* tokens: at 1 per second 32 years, far below 2^63 ns */
#define RATE_LIMITER_COST_MAX RATE_LIMITER_BURST_MAX

struct bucket;

struct rate_limiter {
    struct hash_key key;
    uint64_t now_ms;    /* the latest time that was said */
    uint64_t token_ns;  /* how long a token takes to come back */
    uint64_t burst_ns;  /* the same for all of them */
    uint32_t limit;     /* entries */
    uint32_t count;     /* entries in use */
    uint32_t mask;      /* slots - 1 */
    struct bucket *all; /* entries 0 .. count - 1 */
    uint32_t *heap;     /* their indices, the one that is full first on top */
    uint32_t *slots;    /* hash & mask → the first entry + 1 of a chain */
    uint64_t evicted;   /* entries that left at the limit, for the metrics */
};

/* `limit`, `rate` and `burst` from 1 up to the limits above: else ERR_INVALID. ERR_NO_MEMORY. */
MUST_CHECK enum err rate_limiter_init(struct rate_limiter *b, uint32_t limit, uint32_t rate,
                                      uint32_t burst, const struct hash_key *key);
void rate_limiter_clear(struct rate_limiter *b);

/* Takes `cost` tokens (1 .. RATE_LIMITER_COST_MAX; 0 only asks) from the key's bucket. Returns
 * false, and takes nothing, when the bucket does not hold them. *out_wait_ms is 0 on true, else the
 * number of milliseconds until it will. */
bool rate_limiter_take(struct rate_limiter *b, struct slice key, uint64_t now_ms, uint32_t cost,
                       uint64_t *out_wait_ms);

/* The invariants, asserted: heap order, every index in its place, chains complete. For tests:
 * O(entries). */
void rate_limiter_check(const struct rate_limiter *b);

#endif
