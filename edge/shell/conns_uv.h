/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_CONNS_UV_H
#define BELFRY_EDGE_SHELL_CONNS_UV_H

/* All HTTP connections of an edge (edge/shell/conn_uv.h is one of them): taking sockets, doing the core's
 * actions on them, time-outs, and the end of them all.
 *
 * One thread: the loop's. */

#include "edge/core/edge.h"
#include "edge/shell/clients.h"
#include "edge/shell/conn_uv.h"

#include <stdbool.h>
#include <stddef.h>

struct uv_loop_s;

struct conns_counts {
    size_t open;    /* all that have a socket */
    size_t streams; /* of these, streams that are not ending */
    size_t closing; /* closed, but the loop still has the handle */
};

struct conns;

/* Both are copied. */
struct conns *conns_create(struct uv_loop_s *loop, const struct conn_config *config,
                           const struct conn_context *context);

/* All connections must be gone: conns_close_all(), then turn the loop until `closing` is 0. Takes NULL. */
void conns_destroy(struct conns *cs);

/* Takes a connected non-blocking socket over; closes it when the loop does not want it. */
void conns_accept(struct conns *cs, int fd);

/* Does an action of the core that names a connection or a request (conn_execute()). Connections that break
 * on the way stay known to the core until conns_reap(). */
void conns_execute(struct conns *cs, const struct edge_action *action);

/* Does an EDGE_SESSION. */
void conns_session(struct conns *cs, const struct edge_action *action);

/* After the core's actions are drained: closes what broke meanwhile. True when there was something: the
 * core may have new actions. */
bool conns_reap(struct conns *cs);

/* Time-outs; call it a few times a second. */
void conns_sweep(struct conns *cs);

/* From now on responses close their connections, and those that idle close soon. */
void conns_drain(struct conns *cs);

/* Ends up to `count` streams, the oldest first, each with a jittered `retry:`. Returns how many. */
size_t conns_end_streams(struct conns *cs, size_t count);

/* Takes conns_drain() back. */
void conns_undrain(struct conns *cs);

/* Appends the streams that are meant to `out`, JSON objects with commas between them. */
void conns_list(struct conns *cs, uint64_t incarnation, const struct clients_query *query,
                struct buf *out, struct clients_walk *walk);

/* Ends them, each with a `retry:`; they may come back. */
void conns_disconnect(struct conns *cs, const struct clients_query *query,
                      struct clients_walk *walk);

/* Closes all connections now. */
void conns_close_all(struct conns *cs);

struct conns_counts conns_count(const struct conns *cs);

#endif
