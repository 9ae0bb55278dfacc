/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/base/histogram.h"

#include <assert.h>

/* Each value below 4 has its own bucket. For larger values, the two bits below the highest one
 * choose among the four buckets of that power of two. */
static unsigned bucket_of(uint64_t value)
{
    unsigned power = 2;

    if (value < 4)
        return (unsigned)value;
    while (power < 63 && value >> (power + 1) != 0)
        power++;
    return 4 * (power - 1) + (unsigned)(value >> (power - 2) & 3);
}

/* Returns the largest value of a bucket. */
static uint64_t bucket_top(unsigned bucket)
{
    unsigned power = bucket / 4 + 1;

    if (bucket < 4)
        return bucket;
    return (UINT64_C(4) + bucket % 4 + 1) * (UINT64_C(1) << (power - 2)) - 1;
}

void histogram_add(struct histogram *h, uint64_t value)
{
    h->counts[bucket_of(value)]++;
    h->total++;
    h->sum += value;
}

uint64_t histogram_quantile(const struct histogram *h, double quantile)
{
    uint64_t wanted = (uint64_t)(quantile * (double)h->total);
    uint64_t seen = 0;

    if (wanted >= h->total && h->total > 0)
        wanted = h->total - 1;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += h->counts[i];
        if (seen > wanted)
            return bucket_top(i);
    }
    return 0;
}

uint64_t histogram_below(const struct histogram *h, unsigned power)
{
    uint64_t below = 0;

    assert(power >= 2 && power <= 64);
    /* Bucket 4 * (power - 1) is the first one whose values are not below 2^power. */
    for (unsigned i = 0; i < 4 * (power - 1) && i < HISTOGRAM_BUCKETS; i++)
        below += h->counts[i];
    return below;
}
