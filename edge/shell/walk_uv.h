/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_WALK_UV_H
#define BELFRY_EDGE_SHELL_WALK_UV_H

/* A walk along the connections that are streams, for operators (edge/shell/clients.h): conns_list() and conns_disconnect() in
 * edge/shell/conns_uv.h.
 *
 * One thread: the loop's. */

#include "edge/shell/clients.h"
#include "edge/shell/conn_uv.h"

/* Appends the streams that are meant, JSON objects with commas between them: {"id":"…","address":"192.0.2.1","since":
 * Unix seconds, "waiting": bytes that the client has not taken yet, …} and what inspect_write() says. */
void walk_list(struct conn_set *set, uint64_t incarnation, const struct clients_query *query,
               struct buf *out, struct clients_walk *walk);

/* Ends them with conn_end_stream(). */
void walk_end(struct conn_set *set, const struct clients_query *query, struct clients_walk *walk);

#endif
