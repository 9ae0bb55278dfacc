/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_CONN_STATE_H
#define BELFRY_EDGE_SHELL_CONN_STATE_H

/* The states of an HTTP connection, and which follow which. Pure. */

#include <stdbool.h>

enum conn_state {
    CONN_IDLE,    /* between requests */
    CONN_READING, /* some of a request has come */
    CONN_WAITING, /* for the core: the broker has the publish, or the question */
    CONN_WRITING, /* the response did not fit into the socket */
    CONN_STREAM,
    CONN_ENDING,    /* the last bytes are being written */
    CONN_LINGERING, /* our side is shut down; the client reads what we sent, then closes */
    CONN_BROKEN,    /* a write failed while the core's actions were drained: close it afterwards */
    CONN_CLOSED,    /* the handle is closing */
    CONN_STATES,
};

/* Whether `to` may follow `from`. Moving to the same state means that there was progress. */
bool conn_state_follows(enum conn_state from, enum conn_state to);

/* What to wait for on the socket: bits. */
enum conn_watch {
    CONN_WATCH_READ = 1,
    CONN_WATCH_WRITE = 2,
    CONN_WATCH_END = 4, /* the client shuts its side down, while nothing is read */
};

/* `output`: bytes wait for the socket; `ended`: the client has shut its side down; `early`: while a response is waited
 * for, the client has sent more. Only then is the socket not watched for reading: nearly every client waits too, and
 * to change what is watched costs two system calls. */
unsigned conn_state_watches(enum conn_state state, bool output, bool ended, bool early);

#endif
