/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_CONN_SET_UV_H
#define BELFRY_EDGE_SHELL_CONN_SET_UV_H

/* All HTTP connections of an edge (edge/shell/conn_uv.h is one of them): taking sockets, doing the core's
 * actions on them, time-outs, and the end of them all.
 *
 * One thread: the loop's. */

#include "edge/core/edge.h"
#include "edge/shell/conn_uv.h"

#include <stdbool.h>
#include <stddef.h>

struct uv_loop_s;

struct conn_set_counts {
    size_t open;    /* all that have a socket */
    size_t streams; /* of these, streams that are not ending */
    size_t closing; /* closed, but the loop still has the handle */
};

/* Both are copied. */
struct conn_set *conn_set_create(struct uv_loop_s *loop, const struct conn_config *config,
                                 const struct conn_context *context);

/* All connections must be gone: conn_set_close_all(), then turn the loop until `closing` is 0. Takes NULL. */
void conn_set_destroy(struct conn_set *set);

/* Does an EDGE_SESSION. */
void conn_set_session(struct conn_set *set, const struct edge_action *action);

/* After the core's actions are drained: closes what broke meanwhile. True when there was something: the
 * core may have new actions. */
bool conn_set_reap(struct conn_set *set);

/* Time-outs; call it a few times a second. */
void conn_set_sweep(struct conn_set *set);

/* From now on responses close their connections, and those that idle close soon. */
void conn_set_drain(struct conn_set *set);

/* Ends up to `count` streams, the oldest first, each with a jittered `retry:`. Returns how many. */
size_t conn_set_end_streams(struct conn_set *set, size_t count);

/* Takes conn_set_drain() back. */
void conn_set_undrain(struct conn_set *set);

/* Closes all connections now. */
void conn_set_close_all(struct conn_set *set);

struct conn_set_counts conn_set_count(const struct conn_set *set);

#endif
