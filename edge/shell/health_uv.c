/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/shell/health_uv.h"

#include "common/process/process_metrics.h"
#include "edge/shell/metrics.h"

/* NULL: ready. */
static const char *why_unready(const struct health *h)
{
    const char *why = NULL;

    if (h->stopping)
        return "stopping";
    return edge_ready(h->edge, &why) ? NULL : why;
}

static void write_metrics(const struct health *h, struct ops_answer *answer)
{
    struct metrics m;
    const struct shell_metrics shell = {
        .http = h->http,
        .limits = limits_hits(h->limits),
        .connections = conn_set_count(h->conns).open,
        .connections_max = h->connections_max,
        .ready = why_unready(h) == NULL,
        .draining = h->draining,
        .tokens = h->keys == NULL ? (struct token_counters){.cached = 0}
                                  : token_verifier_counters(h->keys),
    };

    answer->status = 200;
    answer->type = METRICS_TYPE;
    metrics_init(&m, &answer->body);
    metrics_build(&m, "belfry-edge", h->software);
    edge_metrics(&m, h->edge, &shell);
    process_metrics(&m);
}

void health_answer(const struct health *h, struct slice path, struct ops_answer *answer)
{
    const char *why;

    if (slice_equal(path, SLICE("/healthz"))) {
        answer->status = 200;
        buf_str(&answer->body, "ok\n");
    } else if (slice_equal(path, SLICE("/readyz"))) {
        why = why_unready(h);
        answer->status = why == NULL ? 200 : 503;
        buf_printf(&answer->body, "%s\n", why == NULL ? "ready" : why);
    } else if (slice_equal(path, SLICE("/metrics"))) {
        write_metrics(h, answer);
    }
}
