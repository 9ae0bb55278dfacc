/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_LISTENER_SET_UV_H
#define BELFRY_EDGE_SHELL_LISTENER_SET_UV_H

/* All listening sockets of an edge. edge/shell/listener_uv.h describes a single one.
 *
 * Threads: all functions run on the loop's thread. */

#include "common/base/err.h"
#include "edge/shell/listener_uv.h"

#include <stdbool.h>
#include <stddef.h>

#define LISTENER_SET_MAX 16
#define LISTENER_SET_REASON_SIZE 512

struct listener_set_config {
    struct listener_config each; /* without address; fd is the inherited socket, or -1 */
    const char *addresses;       /* addresses to bind, comma-separated; "": none */
    bool public;                 /* addresses that other machines can reach are allowed */
};

struct listener_set {
    struct listener *all[LISTENER_SET_MAX]; /* first those bound here */
    size_t count;
};

/* Opens all listeners. ERR_INVALID: there are none; ERR_TOO_MANY; ERR_DENIED: other machines can
 * reach an address, but `public` is not set; others as listener_create(). After an error, too, the
 * caller must call listener_set_close(). */
MUST_CHECK enum err listener_set_open(struct listener_set *l, struct uv_loop_s *loop,
                                      const struct listener_set_config *config,
                                      char reason[LISTENER_SET_REASON_SIZE]);

/* Call listener_finish(), or listener_close(), for all listeners. */
void listener_set_finish(struct listener_set *l);
void listener_set_close(struct listener_set *l);

#endif
