/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_CONN_H
#define BELFRY_EDGE_SHELL_CONN_H

/* The inside of edge/shell/conn_uv.h: conn_uv.c has the socket and its events, conn_serve_posix.c what is done with a
 * request. */

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
        uint64_t deadline; /* by which the state must change; 0: none. Not of a stream: */
        uint64_t number;   /* CONN_STREAM: which one it is (edge/shell/client_filter.h) */
    };
    struct conn_request *request; /* NULL while idle and while a stream */
    struct stream *stream;
    struct limits_lease *lease; /* of the stream, or NULL */
    struct buf out;             /* written before anything else */
    int fd;
    uint8_t state;
    uint8_t armed; /* the events that the socket is watched for */
    bool blocked;  /* the stream's last write was short: its socket is in the middle of a record */
    bool eof;      /* the client has shut its side down */
    bool early; /* bytes came, or its end, while a response is waited for: they are read after it */
    uint32_t since_s; /* CONN_STREAM: when it began, in Unix seconds */
};

/* ---- conn_uv.c ---- */

uint64_t conn_now(const struct conn *c);

/* Moving to the same state means progress: a new deadline. */
void conn_move(struct conn *c, enum conn_state state);

/* It is closed when the core's actions are drained. */
void conn_break(struct conn *c);

/* Writes of `out` what goes; at its end a response is over. */
void conn_flush(struct conn *c);
void conn_drop_request(struct conn *c);

/* ---- conn_serve_posix.c ---- */

/* Bytes of requests have come. */
void conn_input(struct conn *c, struct slice bytes);

/* A response is out: on with the requests that came behind its own. */
void conn_resume(struct conn *c);

/* Answers what is no request, or came too slowly. */
void conn_refuse(struct conn *c, int status, const char *detail);

/* An outcome for the request in work has come: an EDGE_PUBLISHED; an EDGE_REPLY or EDGE_PAGE. */
void conn_published(struct conn *c);
void conn_reply(struct conn *c, const struct edge_action *action);

#endif
