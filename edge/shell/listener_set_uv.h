/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_LISTENER_SET_UV_H
#define BELFRY_EDGE_SHELL_LISTENER_SET_UV_H

/* All sockets that an edge listens on (edge/shell/listener_uv.h is one of them).
 *
 * One thread: the loop's. */

#include "common/base/err.h"
#include "edge/shell/listener_uv.h"

#include <stdbool.h>
#include <stddef.h>

#define LISTENER_SET_MAX 16
#define LISTENER_SET_REASON_SIZE 512

struct listener_set_config {
    struct listener_config each; /* all but the address; its fd is the inherited socket, -1: none */
    const char *addresses;       /* those to bind, comma-separated; "": none */
    bool public;                 /* addresses that other machines can reach are all right */
};

struct listener_set {
    struct listener *all[LISTENER_SET_MAX]; /* those we bind first */
    size_t count;
};

/* Those of listener_create(); ERR_INVALID: none at all; ERR_TOO_MANY; ERR_DENIED: not `public`. After an error
 * too, listener_set_close() them. */
MUST_CHECK enum err listener_set_open(struct listener_set *l, struct uv_loop_s *loop,
                                      const struct listener_set_config *config,
                                      char reason[LISTENER_SET_REASON_SIZE]);

/* listener_finish() and listener_close() for all. */
void listener_set_finish(struct listener_set *l);
void listener_set_close(struct listener_set *l);

#endif
