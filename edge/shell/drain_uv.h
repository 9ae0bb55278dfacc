/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_DRAIN_UV_H
#define BELFRY_EDGE_SHELL_DRAIN_UV_H

/* Draining: the edge is not ready and takes no new streams, still serves other requests, and closes
 * its streams over a window, so that clients reconnect to another edge.
 *
 * After SIGTERM, the process ends when it is drained. After an operator's command (`belfry drain`),
 * the process keeps running, and so do its listening sockets: a load balancer needs a moment to see
 * that the edge is not ready, and a supervisor would only start it again. It then waits to be
 * ended, or for `belfry undrain`.
 *
 * Threads: all functions run on the loop's thread. */

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

    /* Called after drain_begin() with `last`: no connection is left, or the window and some seconds
     * more have passed. */
    void (*drained)(void *context);
    void *context;
};

struct drain *drain_create(struct uv_loop_s *loop, const struct drain_config *config);

/* Begins to drain. `last`: the process ends afterwards. Once begun, only a first call with `last`
 * has an effect. */
void drain_begin(struct drain *d, bool last);

/* Undoes drain_begin(). Returns false if the process is ending. */
bool drain_undo(struct drain *d);

bool drain_begun(const struct drain *d);
bool drain_is_last(const struct drain *d);

/* Stops the timer. The memory is freed once the loop has closed it. NULL is allowed. */
void drain_close(struct drain *d);

#endif
