/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_DRAIN_UV_H
#define BELFRY_EDGE_SHELL_DRAIN_UV_H

/* Draining: the edge ends its streams, so that their clients reconnect to other edges. It does so
 * over a time window. It reports that it is not ready and accepts no new streams, but still serves
 * other requests.
 *
 * After SIGTERM, the process exits once it is drained. After an operator's command (`belfry drain`)
 * it keeps running and listening: a load balancer needs a moment to notice that the edge is not
 * ready, and a supervisor would restart a process that exits. It then waits for SIGTERM or for
 * `belfry undrain`.
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

    /* Called after drain_begin() with `last`, once no connection is left, or some seconds after the
     * end of the window. */
    void (*drained)(void *context);
    void *context;
};

struct drain *drain_create(struct uv_loop_s *loop, const struct drain_config *config);

/* Begins to drain. `last`: the process exits afterwards. While it drains, a further call has an
 * effect only if it is the first one with `last`. */
void drain_begin(struct drain *d, bool last);

/* Undoes drain_begin(). Returns false if the process is about to exit. */
bool drain_undo(struct drain *d);

/* Returns true from drain_begin() on, until drain_undo(). */
bool drain_begun(const struct drain *d);
/* Returns true if the process exits after this drain. */
bool drain_is_last(const struct drain *d);

/* Stops the timer. The memory is freed once the loop has closed it. NULL is allowed. */
void drain_close(struct drain *d);

#endif
