/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_METRICS_H
#define BELFRY_EDGE_SHELL_METRICS_H

/* An edge's metrics (deploy/docs/metrics.md), from what its parts count. Pure. */

#include "common/process/metrics.h"
#include "edge/access/limits.h"
#include "edge/core/counters.h"
#include "edge/core/edge.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the shell knows. */
struct shell_metrics {
    const struct http_counters *http;
    struct limits_hits limits;
    size_t connections; /* open */
    size_t connections_max;
    bool ready;
    bool draining;
    struct token_counters tokens; /* all zero without keys */
};

void edge_metrics(struct metrics *m, const struct edge *e, const struct shell_metrics *shell);

#endif
