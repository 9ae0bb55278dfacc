/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_CLIENT_LIST_UV_H
#define BELFRY_EDGE_SHELL_CLIENT_LIST_UV_H

/* Lists and disconnects the clients that a filter selects (edge/shell/client_filter.h).
 *
 * Threads: all functions run on the loop's thread. */

#include "edge/shell/client_filter.h"
#include "edge/shell/conn_uv.h"

/* Appends the selected streams as JSON objects with commas between them:
 * {"id":"…","address":"192.0.2.1","since": Unix seconds, "waiting": bytes that the client has not
 * received yet, …} and the members of stream_inspect_write(). filter->limit must be at most
 * CLIENT_FILTER_LIST_MAX. */
void client_list_write(struct conn_set *set, uint64_t incarnation,
                       const struct client_filter *filter, struct buf *out,
                       struct client_page *page);

/* Ends the selected streams with conn_end_stream(). filter->limit must be at most
 * CLIENT_FILTER_DISCONNECT_MAX. */
void client_list_disconnect(struct conn_set *set, const struct client_filter *filter,
                            struct client_page *page);

#endif
