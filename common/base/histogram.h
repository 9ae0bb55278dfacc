/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_BASE_HISTOGRAM_H
#define BELFRY_COMMON_BASE_HISTOGRAM_H

/* A histogram with four buckets per power of two. Quantiles have an error of at most 25 %. A
 * histogram takes about 2 KiB. */

#include <stdint.h>

#define HISTOGRAM_BUCKETS 256 /* 64 powers of two, four buckets each */

struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t total; /* number of values */
    uint64_t sum;   /* sum of the values */
};

void histogram_add(struct histogram *h, uint64_t value);

/* Returns the upper bound of the bucket that contains the quantile (0 to 1); 0 without values. */
uint64_t histogram_quantile(const struct histogram *h, double quantile);

/* Returns the exact number of values below 2^power; 2 <= power <= 64. */
uint64_t histogram_below(const struct histogram *h, unsigned power);

#endif
