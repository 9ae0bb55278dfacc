/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_CONN_H
#define BELFRY_EDGE_SHELL_CONN_H

/* The inside of edge/shell/conn_uv.h. conn_uv.c handles the socket and its events;
 * conn_serve_posix.c handles the requests. */

#include "common/base/buf.h"
#include "common/base/list.h"
#include "common/base/slice.h"
#include "edge/access/limits.h"
#include "edge/core/edge.h"
#include "edge/shell/conn_request.h"
#include "edge/shell/conn_state.h"

#include <stdbool.h>
#include <stdint.h>

struct conn_set; /* edge/shell/conn_uv.h */

struct conn {
    struct conn_set *set;
    struct list link; /* in set->states[state] */
    union {
        uint64_t deadline; /* time by which the state must change; 0: none */
        uint64_t number;   /* CONN_STREAM: its number (edge/shell/client_filter.h) */
    };
    struct conn_request *request; /* NULL while idle and while a stream */
    struct stream *stream;
    struct limits_lease *lease; /* lease of the stream, or NULL */
    struct buf out;             /* output that is written before anything else */
    int fd;
    uint8_t state; /* enum conn_state */
    uint8_t armed; /* events that the socket is watched for */
    bool blocked;  /* the stream's last write was short: the client has part of a record */
    bool eof;      /* the client has shut down its side */

    /* CONN_WAITING: the client has sent more bytes, or shut down its side, before its response.
     * This is read after the response. */
    bool early;
    uint32_t since_s; /* CONN_STREAM: start of the stream, in Unix seconds */
};

/* ---- conn_uv.c ---- */

/* Returns the time of the loop, in milliseconds. */
uint64_t conn_now(const struct conn *c);

/* Changes the state, which must be an allowed move. Moving to the same state means progress: it
 * sets a new deadline. */
void conn_move(struct conn *c, enum conn_state state);

/* Marks the connection to be closed once the core's actions have been executed. */
void conn_break(struct conn *c);

/* Writes as much of `out` as the socket takes. A response is complete when all of it is written. */
void conn_flush(struct conn *c);

/* Frees the request and sets it to NULL. */
void conn_drop_request(struct conn *c);

/* ---- conn_serve_posix.c ---- */

/* Handles bytes from the client. */
void conn_input(struct conn *c, struct slice bytes);

/* After a response is written: handles the requests that the client sent after it. */
void conn_resume(struct conn *c);

/* Sends an error response to a malformed or too slow request. */
void conn_refuse(struct conn *c, int status, const char *detail);

/* Take the core's reply to the current request: an EDGE_PUBLISHED; an EDGE_REPLY or EDGE_PAGE. */
void conn_published(struct conn *c);
void conn_reply(struct conn *c, const struct edge_action *action);

#endif
