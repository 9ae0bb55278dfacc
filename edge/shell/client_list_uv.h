/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_CLIENT_LIST_UV_H
#define BELFRY_EDGE_SHELL_CLIENT_LIST_UV_H

/* A page along the connections that are streams, for operators (edge/shell/client_filter.h).
 *
 * One thread: the loop's. */

#include "edge/shell/client_filter.h"
#include "edge/shell/conn_uv.h"

/* Appends the streams that are meant, JSON objects with commas between them: {"id":"…","address":"192.0.2.1","since":
 * Unix seconds, "waiting": bytes that the client has not taken yet, …} and what stream_inspect_write() says. */
void client_list_write(struct conn_set *set, uint64_t incarnation,
                       const struct client_filter *filter, struct buf *out,
                       struct client_page *page);

/* Ends them with conn_end_stream(). */
void client_list_disconnect(struct conn_set *set, const struct client_filter *filter,
                            struct client_page *page);

#endif
