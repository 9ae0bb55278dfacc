/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_HTTP_OPS_SERVER_UV_H
#define BELFRY_COMMON_HTTP_OPS_SERVER_UV_H

/* The operations port: a small HTTP server for probes and scrapers (health, metrics).
 *
 * It answers GET and HEAD, with one request per connection, at most OPS_CONNECTIONS_MAX connections
 * at a time and at most a minute per connection.
 *
 * Threads: all functions run on the loop's thread. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/http/endpoint.h"

#include <stdint.h>

struct uv_loop_s;
struct ops;

#define OPS_CONNECTIONS_MAX 64
#define OPS_IDLE_MS 60000       /* maximum lifetime of a connection */
#define OPS_BODY_MAX (4u << 20) /* bytes of a response's body */
#define OPS_REASON_SIZE 256

struct ops_response {
    int status;       /* 200 or 503; 404 before the call */
    const char *type; /* "text/plain; charset=utf-8" before the call */
    struct buf body;  /* empty before the call */
};

/* Writes the response to GET of `path` (without query), or leaves the 404 if the path is
 * unknown. */
typedef void ops_handler(void *context, struct slice path, struct ops_response *response);

/* Listens on the endpoint, whose host is an address or a name that resolves. Returns ERR_BUSY (port
 * in use), ERR_DENIED, ERR_NOT_FOUND (unknown host) or ERR_IO; `reason` is then one line for the
 * operator. */
MUST_CHECK enum err ops_create(struct uv_loop_s *loop, const struct endpoint *endpoint,
                               ops_handler *handler, void *context, struct ops **out,
                               char reason[OPS_REASON_SIZE]);

/* Closes all connections and frees the memory, then calls `closed` (may be NULL) from the loop.
 * Does nothing if `ops` is NULL. */
void ops_close(struct ops *ops, void (*closed)(void *context));

#endif
