/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_CONN_REQUEST_H
#define BELFRY_EDGE_SHELL_CONN_REQUEST_H

/* What a connection has only from a request's first byte to its response's last. Pure. */

#include "common/base/buf.h"
#include "common/http/http_parser.h"
#include "edge/api/pending_query.h"
#include "edge/publish/publish_request.h"

#include <stdbool.h>
#include <stddef.h>

struct conn_request {
    struct http_parser *http;
    struct buf rest;                         /* pipelined bytes behind the request */
    struct publish_request *publish_request; /* what waits for the core: one of these, or none */
    struct pending_query *pending;
    bool keep_alive; /* the connection goes on after the response */
};

/* `limits` must outlive it; `rest_max`: bytes that `rest` may hold. */
struct conn_request *conn_request_create(const struct http_limits *limits, size_t rest_max);

/* Takes NULL. What is asked of the core is forgotten (a record that is published is not). */
void conn_request_destroy(struct conn_request *request);

/* Nothing waits for the core any more. */
void conn_request_resolve(struct conn_request *request);

/* The response is written: ready for the next request. */
void conn_request_next(struct conn_request *request);

#endif
