/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_CONN_UV_H
#define BELFRY_EDGE_SHELL_CONN_UV_H

/* One HTTP connection of an edge: requests in, responses and a stream out.
 *
 * It is a non-blocking socket under a uv_poll_t, not a uv_tcp_t: fan-out needs one plain sendmsg()
 * without a request object, and the exact number of bytes sent; and the handle is smaller. An idle
 * connection and a stream are one block of less than 300 bytes. Parser, request and pipelined bytes
 * are in a second block, which exists only from the first byte of a request to the last byte of its
 * response.
 *
 *   idle ──bytes──> reading ──request──> waiting (for the core) ──> writing ──> idle
 *                      └────────────────────────────────────────────────┤
 *                                        stream ──> ending ──> lingering ┴──> closed
 *
 * Requests are handled one at a time. Until the response is written nothing more is read: pipelined
 * requests wait in the socket, and the rest of one read, at most CONN_READ_SIZE, in the second
 * block.
 *
 * Threads: all functions run on the loop's thread. */

#include "common/base/list.h"
#include "common/http/http_parser.h"
#include "edge/api/exchange.h"
#include "edge/core/edge.h"
#include "edge/shell/conn_state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uv_loop_s;
struct conn;

#define CONN_READ_SIZE 65536

struct conn_config {
    struct exchange_config exchange;
    size_t body_max;     /* maximum size of a request body */
    uint32_t request_ms; /* time from the first byte of a request to its last (default 10,000) */
    uint32_t idle_ms;    /* time before the first byte of a request (default 60,000) */
    uint32_t write_ms;   /* time without progress in writing a response (default 30,000) */
    uint32_t linger_ms;  /* time for the client to close after us (default 2,000) */
};

/* What connections need from their owner. All is borrowed. */
struct conn_context {
    struct exchange_context exchange;   /* with counters; the set adds the configuration */
    const char *(*date)(void *context); /* value of the Date header, or NULL */
    uint64_t (*unix_ms)(void *context); /* the wall clock */
    uint32_t (*random)(void *context);
    void *context;
};

/* What the connections share (edge/shell/conn_set_uv.h). */
struct conn_set {
    struct uv_loop_s *loop;
    struct conn_config config;
    struct conn_context context;
    struct http_limits limits;

    /* Connections by state. Each list is in the order of arrival, which is that of the
     * deadlines. */
    struct list states[CONN_STATES];
    size_t counts[CONN_STATES];
    uint64_t last_number;  /* number of the newest stream */
    struct conn *page_end; /* last stream that the last page of clients has checked, or NULL */
    bool draining;         /* responses close their connections */
    char buffer[CONN_READ_SIZE]; /* bytes of one read; used up before the next */
};

/* Returns the time and a random number for an exchange. */
struct exchange_now conn_set_now(const struct conn_set *set);

/* Takes ownership of a connected non-blocking socket. Closes it if the loop cannot watch it. */
void conn_open(struct conn_set *set, int fd);

/* Executes an action that names a connection or a request: all but EDGE_SEND, EDGE_SESSION and
 * EDGE_LOG. A connection that breaks becomes CONN_BROKEN and stays known to the core. */
void conn_execute(const struct edge_action *action);

/* Closes the connection. The memory is freed once the loop has closed the handle. */
void conn_close(struct conn *c);

/* Returns the connection that a link of the set's lists belongs to. */
struct conn *conn_of(struct list *link);

/* Returns true if the time of the state is over. */
bool conn_due(const struct conn *c, uint64_t now_ms);

/* Ends a connection whose time is over, with a 408 or by closing it. */
void conn_expire(struct conn *c);

/* Lets an idle connection of a draining set close, unless a request arrives within half a
 * second. */
void conn_drain_idle(struct conn *c);

/* Ends a stream, with a `retry:` line if no record is partly written. The state must be
 * CONN_STREAM. */
void conn_end_stream(struct conn *c);

/* Returns the size of a connection that is idle or a stream, in bytes. */
size_t conn_size(void);

#endif
