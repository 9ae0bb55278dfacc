/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_HEALTH_UV_H
#define BELFRY_EDGE_SHELL_HEALTH_UV_H

/* Responds to the paths of the edge's operations port: /healthz, /readyz and /metrics.
 * common/http/ops_server_uv.h is the server. */

#include "common/http/ops_server_uv.h"
#include "edge/access/limits.h"
#include "edge/access/token_verifier_openssl.h"
#include "edge/core/counters.h"
#include "edge/core/edge.h"
#include "edge/shell/conn_set_uv.h"

#include <stdbool.h>
#include <stddef.h>

/* What the responses are made from. All is borrowed. */
struct health {
    const struct edge *edge;
    const struct conn_set *conns;
    const struct token_verifier *keys; /* or NULL */
    const struct limits *limits;       /* or NULL */
    const struct http_counters *http;
    const char *software;
    size_t connections_max;
    bool draining;
    bool stopping;
};

/* Responds to one of these paths. For any other path the response stays as it is: a 404. */
void health_respond(const struct health *h, struct slice path, struct ops_response *response);

#endif
