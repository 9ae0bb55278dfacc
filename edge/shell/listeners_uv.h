/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_LISTENERS_UV_H
#define BELFRY_EDGE_SHELL_LISTENERS_UV_H

/* All sockets that an edge listens on (edge/shell/listener_uv.h is one of them).
 *
 * One thread: the loop's. */

#include "common/base/err.h"
#include "edge/shell/listener_uv.h"

#include <stdbool.h>
#include <stddef.h>

#define LISTENERS_MAX 16
#define LISTENERS_REASON_SIZE 512

struct listeners_config {
    struct listener_config each; /* all but the address; its fd is the inherited socket, -1: none */
    const char *addresses;       /* those to bind, comma-separated; "": none */
    bool public;                 /* addresses that other machines can reach are all right */
};

struct listeners {
    struct listener *all[LISTENERS_MAX]; /* those we bind first */
    size_t count;
};

/* Those of listener_create(); ERR_INVALID: none at all; ERR_TOO_MANY; ERR_DENIED: not `public`. After an error
 * too, listeners_close() them. */
MUST_CHECK enum err listeners_open(struct listeners *l, struct uv_loop_s *loop,
                                   const struct listeners_config *config,
                                   char reason[LISTENERS_REASON_SIZE]);

/* listener_finish() and listener_close() for all. */
void listeners_finish(struct listeners *l);
void listeners_close(struct listeners *l);

#endif
