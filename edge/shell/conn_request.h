/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_CONN_REQUEST_H
#define BELFRY_EDGE_SHELL_CONN_REQUEST_H

/* The part of a connection that exists only while it handles a request: from the first byte of the
 * request to the last byte of the response. Pure. */

#include "common/base/buf.h"
#include "common/http/http_parser.h"
#include "edge/api/pending_query.h"
#include "edge/publish/publish_request.h"

#include <stdbool.h>
#include <stddef.h>

struct conn_request {
    struct http_parser *http;
    struct buf rest;                         /* pipelined bytes after the request */
    struct publish_request *publish_request; /* waits for the core: either this one or `pending` */
    struct pending_query *pending;
    bool keep_alive; /* the connection stays open after the response */
};

/* Creates a request. `limits` must outlive it. `rest_max` is the maximum size of `rest`. */
struct conn_request *conn_request_create(const struct http_limits *limits, size_t rest_max);

/* Frees the request. A query that waits is cancelled; a publish goes on. NULL is allowed. */
void conn_request_destroy(struct conn_request *request);

/* Frees the publish request and the query, which have waited for the core. */
void conn_request_resolve(struct conn_request *request);

/* Prepares for the next request, after the response is written. Nothing may wait for the core. */
void conn_request_next(struct conn_request *request);

#endif
