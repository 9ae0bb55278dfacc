/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/shell/health_uv.h"

#include "common/process/process_metrics.h"
#include "edge/shell/metrics.h"

/* Returns why the edge is not ready, or NULL. */
static const char *unready_reason(const struct health *h)
{
    const char *reason = NULL;

    if (h->stopping)
        return "stopping";
    return edge_ready(h->edge, &reason) ? NULL : reason;
}

static void write_metrics(const struct health *h, struct ops_response *response)
{
    struct metrics m;
    const struct shell_metrics shell = {
        .http = h->http,
        .limits = limits_hits(h->limits),
        .connections = conn_set_count(h->conns).open,
        .connections_max = h->connections_max,
        .ready = unready_reason(h) == NULL,
        .draining = h->draining,
        .tokens = h->keys == NULL ? (struct token_counters){.cached = 0}
                                  : token_verifier_counters(h->keys),
    };

    response->status = 200;
    response->type = METRICS_TYPE;
    metrics_init(&m, &response->body);
    metrics_build(&m, "belfry-edge", h->software);
    edge_metrics(&m, h->edge, &shell);
    process_metrics(&m);
}

void health_respond(const struct health *h, struct slice path, struct ops_response *response)
{
    const char *reason;

    if (slice_equal(path, SLICE("/healthz"))) {
        response->status = 200;
        buf_str(&response->body, "ok\n");
    } else if (slice_equal(path, SLICE("/readyz"))) {
        reason = unready_reason(h);
        response->status = reason == NULL ? 200 : 503;
        buf_printf(&response->body, "%s\n", reason == NULL ? "ready" : reason);
    } else if (slice_equal(path, SLICE("/metrics"))) {
        write_metrics(h, response);
    }
}
