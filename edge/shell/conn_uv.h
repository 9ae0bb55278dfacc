/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_CONN_UV_H
#define BELFRY_EDGE_SHELL_CONN_UV_H

/* One HTTP connection of an edge: requests in, responses and a stream out.
 *
 * It is a non-blocking socket under a uv_poll_t, not a uv_tcp_t: fan-out wants one plain
 * sendmsg() without a request object, and the exact number of bytes that went; and the handle is
 * smaller. While a connection idles or streams, it is one block of less than 300 bytes: parser, request
 * and pipelined bytes are in a second one that exists only from a request's first byte to its response's
 * last.
 *
 *   idle ──bytes──> reading ──request──> waiting (for the core) ──> writing ──> idle
 *                      └────────────────────────────────────────────────┤
 *                                        stream ──> ending ──> lingering ┴──> closed
 *
 * One request is in work at a time: while its response is made and written nothing is read, and pipelined
 * requests wait in the socket (and the rest of one read, at most CONN_READ_SIZE, in the second block).
 *
 * One thread: the loop's. */

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
    size_t body_max;     /* bytes of a request's body */
    uint32_t request_ms; /* from a request's first byte to its last (default 10,000) */
    uint32_t idle_ms;    /* before a request's first byte (default 60,000) */
    uint32_t write_ms;   /* a response of which no byte could be written (default 30,000) */
    uint32_t linger_ms;  /* how long the client may take to close after us (default 2,000) */
};

/* What connections use of their owner; all borrowed. */
struct conn_context {
    struct exchange_context exchange;   /* with counters; its configuration is filled in */
    const char *(*date)(void *context); /* for the Date header; may give NULL */
    uint64_t (*unix_ms)(void *context); /* the wall clock */
    uint32_t (*random)(void *context);
    void *context;
};

/* What the connections share. Owned by edge/shell/conn_set_uv.c. */
struct conn_set {
    struct uv_loop_s *loop;
    struct conn_config config;
    struct conn_context context;
    struct http_limits limits;
    struct list
        states[CONN_STATES]; /* each in the order of arrival, which is that of the deadlines */
    size_t counts[CONN_STATES];
    uint64_t last_number;        /* of a stream */
    struct conn *page_end;       /* the stream that the last page of a list ended with, or NULL */
    bool draining;               /* responses close their connections */
    char buffer[CONN_READ_SIZE]; /* what one read gives; used up before the next */
};

/* This moment, for an exchange. */
struct exchange_now conn_set_now(const struct conn_set *set);

/* Takes a connected non-blocking socket over; closes it when the loop does not want it. */
void conn_open(struct conn_set *set, int fd);

/* Does an action that names a connection or a request: all but EDGE_SEND, EDGE_SESSION and EDGE_LOG. A
 * connection that breaks on the way becomes CONN_BROKEN, and stays known to the core. */
void conn_execute(const struct edge_action *action);

/* Closes at once; the memory goes when the loop has let the handle go. */
void conn_close(struct conn *c);

/* The connection in a list of the set. */
struct conn *conn_of(struct list *link);

/* Whether its state's time is over, and what then happens (a 408, or a close). */
bool conn_due(const struct conn *c, uint64_t now_ms);
void conn_expire(struct conn *c);

/* CONN_IDLE, and the set drains: closes when no request comes within half a second. */
void conn_drain_idle(struct conn *c);

/* CONN_STREAM: ends the stream with a `retry:` line, in a place where it does no harm. */
void conn_end_stream(struct conn *c);

/* Bytes of a connection while it is idle or a stream. */
size_t conn_size(void);

#endif
