/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_DRAIN_UV_H
#define BELFRY_EDGE_SHELL_DRAIN_UV_H

/* Draining: an edge that is not ready and takes no new streams, answers what else it is asked, and closes its streams
 * over a window, so that they come back elsewhere.
 *
 * At SIGTERM it is the way to the process's end. By an operator's command (`belfry drain`) the process stays, with its
 * listening sockets: a load balancer needs a moment to see that it is not ready, and a supervisor would only start it
 * again. It then waits for its end, or to be taken back.
 *
 * One thread: the loop's. */

#include "common/process/log.h"
#include "edge/core/edge.h"
#include "edge/shell/conn_set_uv.h"

#include <stdbool.h>
#include <stdint.h>

struct uv_loop_s;
struct drain;

struct drain_config {
    struct edge *edge;
    struct conn_set *conns;
    const struct log *log;
    uint64_t window_ms;
    void (*drained)(
        void *
            context); /* drain_begin() with `last`: no connection is left, or the window and some seconds
                                       more have passed */
    void *context;
};

struct drain *drain_create(struct uv_loop_s *loop, const struct drain_config *config);

/* Begins; nothing happens when it has begun already, but for `last`: the process ends after it. */
void drain_begin(struct drain *d, bool last);

/* Takes it back. False: the process is ending. */
bool drain_undo(struct drain *d);

bool drain_begun(const struct drain *d);
bool drain_is_last(const struct drain *d);

/* Ends the timer; the memory goes when the loop has let it go. Takes NULL. */
void drain_close(struct drain *d);

#endif
