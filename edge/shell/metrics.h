/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_METRICS_H
#define BELFRY_EDGE_SHELL_METRICS_H

/* Writes the metrics of an edge (deploy/docs/metrics.md) from the counters of its parts. Pure. */

#include "common/process/metrics.h"
#include "edge/access/limits.h"
#include "edge/core/counters.h"
#include "edge/core/edge.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The metrics of the shell. */
struct shell_metrics {
    const struct http_counters *http;
    struct limits_hits limits;
    size_t connections; /* open connections */
    size_t connections_max;
    bool ready;
    bool draining;
    struct token_counters tokens; /* all 0 without keys */
};

/* Writes all metrics. */
void edge_metrics(struct metrics *m, const struct edge *e, const struct shell_metrics *shell);

#endif
