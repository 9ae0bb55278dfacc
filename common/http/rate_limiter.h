/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_HTTP_RATE_LIMITER_H
#define BELFRY_COMMON_HTTP_RATE_LIMITER_H

/* Rate limits per key (a client's address, a token's subject), as token buckets.
 *
 * A bucket holds at most `burst` tokens and gains `rate` tokens per second. A full bucket allows
 * any cost, even above the burst; the bucket is then in debt and denies everything until the debt
 * is paid. So a large batch is delayed but never denied permanently, and the average stays below
 * the rate.
 *
 * A key that is not in the table has a full bucket, and a bucket leaves the table when it is full
 * again. A bucket is identified by the keyed hash of its key. The probability that any two of
 * 100,000 keys have the same hash is 3 in 10^10; they would share a bucket.
 *
 * At the table's limit the fullest bucket is evicted. The keys that took most stay longest, so a
 * client cannot lose its debt by using many addresses, unless each of them takes as much.
 *
 * Memory: 32 to 36 bytes per entry, allocated in rate_limiter_init(). The caller passes the time of
 * any monotonic clock; a time before the latest one counts as the latest one. */

#include "common/base/err.h"
#include "common/base/hash.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

#define RATE_LIMITER_LIMIT_MAX (1U << 24) /* entries: 512 MiB */
#define RATE_LIMITER_RATE_MAX 1000000000U /* tokens per second: one per nanosecond */

/* Tokens. At one per second a bucket gains them in 32 years, which is far below 2^63 ns. */
#define RATE_LIMITER_BURST_MAX 1000000000U
#define RATE_LIMITER_COST_MAX RATE_LIMITER_BURST_MAX

struct bucket;

struct rate_limiter {
    struct hash_key key;
    uint64_t now_ms;    /* latest time passed in */
    uint64_t token_ns;  /* time to gain one token */
    uint64_t burst_ns;  /* time to gain `burst` tokens */
    uint32_t limit;     /* maximum number of entries */
    uint32_t count;     /* entries in use */
    uint32_t mask;      /* number of slots - 1 */
    struct bucket *all; /* entries 0 .. count - 1 */
    uint32_t *heap;     /* indices of entries; the bucket that will be full first is on top */
    uint32_t *slots;    /* hash & mask → index + 1 of the first entry of a chain; 0 = none */
    uint64_t evicted;   /* number of evictions at the limit, for the metrics */
};

/* Returns ERR_INVALID unless `limit`, `rate` and `burst` are between 1 and the limits above;
 * ERR_NO_MEMORY. */
MUST_CHECK enum err rate_limiter_init(struct rate_limiter *b, uint32_t limit, uint32_t rate,
                                      uint32_t burst, const struct hash_key *key);
void rate_limiter_clear(struct rate_limiter *b);

/* Takes `cost` tokens (1 .. RATE_LIMITER_COST_MAX; 0 only asks) from the key's bucket. Returns
 * false, and takes nothing, if the bucket neither holds them nor is full. *out_wait_ms is 0 on
 * true, otherwise the number of milliseconds until they can be taken. */
bool rate_limiter_take(struct rate_limiter *b, struct slice key, uint64_t now_ms, uint32_t cost,
                       uint64_t *out_wait_ms);

/* Asserts the invariants: heap order, consistent indices, complete chains. O(entries), for
 * tests. */
void rate_limiter_check(const struct rate_limiter *b);

#endif
