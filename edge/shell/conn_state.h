/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_CONN_STATE_H
#define BELFRY_EDGE_SHELL_CONN_STATE_H

/* The states of an HTTP connection, and the moves between them. Pure. */

#include <stdbool.h>

enum conn_state {
    CONN_IDLE,    /* between requests */
    CONN_READING, /* part of a request has arrived */
    CONN_WAITING, /* waiting for the core: the broker has the publish or the query */
    CONN_WRITING, /* the response did not fit into the socket */
    CONN_STREAM,
    CONN_ENDING,    /* the last bytes are being written */
    CONN_LINGERING, /* our side is shut down; the client reads the rest, then closes */
    CONN_BROKEN,    /* a write failed during the core's actions; to be closed afterwards */
    CONN_CLOSED,    /* the handle is closing */
    CONN_STATES,
};

/* Returns true if the move is allowed. A move to the same state means progress. */
bool conn_state_follows(enum conn_state from, enum conn_state to);

/* Events of the socket to wait for: bits. */
enum conn_watch {
    CONN_WATCH_READ = 1,
    CONN_WATCH_WRITE = 2,
    CONN_WATCH_END = 4, /* the client shuts down its side, while nothing is read */
};

/* Returns the events to wait for. `output`: bytes wait to be written. `ended`: the client has shut
 * down its side. `early`: the client has sent more before its response. A waiting connection is
 * watched for reading unless `early` is set: nearly every client waits for its response, and
 * changing the watched events costs two system calls. */
unsigned conn_state_watches(enum conn_state state, bool output, bool ended, bool early);

#endif
