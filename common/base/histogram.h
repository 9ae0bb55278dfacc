/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_BASE_HISTOGRAM_H
#define BELFRY_COMMON_BASE_HISTOGRAM_H

/* Counts of values in buckets that grow by a quarter of a power of two: a quantile is right to 25 %
 * at most, in 2 KiB. */

#include <stdint.h>

#define HISTOGRAM_BUCKETS 256 /* 64 powers of two, four buckets each */

struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t total;
    uint64_t sum; /* of the values */
};

void histogram_add(struct histogram *h, uint64_t value);

/* The upper bound of the bucket in which the quantile (0 to 1) lies; 0 when there are no values. */
uint64_t histogram_quantile(const struct histogram *h, double quantile);

/* How many values are below 2^power (2 <= power <= 64), exactly. */
uint64_t histogram_below(const struct histogram *h, unsigned power);

#endif
