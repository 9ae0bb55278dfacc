/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_PROCESS_METRICS_H
#define BELFRY_COMMON_PROCESS_METRICS_H

/* Writes metrics in the text format of Prometheus (text exposition format 0.0.4):
 *
 *   # HELP belfry_edge_records_total Records that joined the tail, by the way they came.
 *   # TYPE belfry_edge_records_total counter
 *   belfry_edge_records_total{way="broadcast"} 1843
 *   belfry_edge_records_total{way="fetch"} 12
 *
 * The samples of a family directly follow its HELP and TYPE lines. deploy/docs/metrics.md describes
 * each metric. Pure: appends to a buffer; the caller checks buf_ok(). */

#include "common/base/buf.h"
#include "common/base/histogram.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric_label {
    const char *name;   /* [a-zA-Z_][a-zA-Z0-9_]* */
    struct slice value; /* UTF-8, not yet escaped */
};

struct metrics {
    struct buf *out;
    const char *name; /* of the current family */
};

void metrics_init(struct metrics *m, struct buf *out);

/* Begins a family. The name must remain valid until the next family. It matches
 * [a-zA-Z_:][a-zA-Z0-9_:]*; the name of a counter ends with _total. */
void metrics_family(struct metrics *m, const char *name, enum metric_type type, const char *help);

/* Writes a sample of the current family. No two samples of a family may have the same labels. */
void metrics_sample(struct metrics *m, const struct metric_label *labels, size_t count,
                    uint64_t value);

/* Writes a sample with one label. */
void metrics_by(struct metrics *m, const char *label, const char *value, uint64_t number);

/* These three write a family with one sample. */
void metrics_counter(struct metrics *m, const char *name, const char *help, uint64_t value);
void metrics_gauge(struct metrics *m, const char *name, const char *help, uint64_t value);
void metrics_seconds(struct metrics *m, const char *name, enum metric_type type, const char *help,
                     double seconds);

/* Writes a family of durations. The values of `h` are microseconds; the buckets are powers of two,
 * from 64 us to 17 s. */
void metrics_histogram(struct metrics *m, const char *name, const char *help,
                       const struct histogram *h);

/* Writes the family belfry_build_info, whose one sample has the labels `program` and `version` and
 * the value 1. `software` is for example "belfry/0.1.0"; the version is the part after the
 * slash. */
void metrics_build(struct metrics *m, const char *program, const char *software);

#endif
