/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_INBOUND_H
#define BELFRY_EDGE_INBOUND_H

/* What a connection has only from a request's first byte to its response's last. Pure. */

#include "common/buf.h"
#include "common/http.h"
#include "edge/publishing.h"

#include <stdbool.h>
#include <stddef.h>

struct inbound {
    struct http *http;
    struct buf rest;               /* pipelined bytes behind the request */
    struct publishing *publishing; /* the publish that waits for the broker, or NULL */
    bool keep_alive;               /* the connection goes on after the response */
};

/* `limits` must outlive it; `rest_max`: bytes that `rest` may hold. */
struct inbound *inbound_create(const struct http_limits *limits, size_t rest_max);

/* Takes NULL. A publish in flight is forgotten (the record is not). */
void inbound_destroy(struct inbound *in);

/* The response is written: ready for the next request. */
void inbound_next(struct inbound *in);

#endif
