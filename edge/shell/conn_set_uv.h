/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_CONN_SET_UV_H
#define BELFRY_EDGE_SHELL_CONN_SET_UV_H

/* All HTTP connections of an edge: their timeouts, draining and closing. edge/shell/conn_uv.h
 * describes a single connection.
 *
 * Threads: all functions run on the loop's thread. */

#include "edge/core/edge.h"
#include "edge/shell/conn_uv.h"

#include <stdbool.h>
#include <stddef.h>

struct uv_loop_s;

struct conn_set_counts {
    size_t open;    /* connections with a socket */
    size_t streams; /* among these, streams that are not ending */
    size_t closing; /* closed connections whose handle is still in the loop */
};

/* Creates a set without connections. Copies configuration and context. */
struct conn_set *conn_set_create(struct uv_loop_s *loop, const struct conn_config *config,
                                 const struct conn_context *context);

/* Frees the set. All connections must be closed: call conn_set_close_all(), then run the loop until
 * `closing` is 0. NULL is allowed. */
void conn_set_destroy(struct conn_set *set);

/* Executes an EDGE_SESSION: a change of one of this edge's streams, which another edge requests. */
void conn_set_session(struct conn_set *set, const struct edge_action *action);

/* Closes broken connections, once the core's actions have been executed. Returns true if there were
 * any: the core may have new actions. */
bool conn_set_reap(struct conn_set *set);

/* Closes connections whose time is over. Call it a few times per second. */
void conn_set_sweep(struct conn_set *set);

/* Makes all further responses close their connections, and idle connections close soon. */
void conn_set_drain(struct conn_set *set);

/* Ends up to `count` streams, the oldest first, each with a random `retry:`. Returns their
 * number. */
size_t conn_set_end_streams(struct conn_set *set, size_t count);

/* Undoes conn_set_drain(). */
void conn_set_undrain(struct conn_set *set);

/* Closes all connections now. */
void conn_set_close_all(struct conn_set *set);

struct conn_set_counts conn_set_count(const struct conn_set *set);

#endif
