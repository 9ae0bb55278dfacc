/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_LISTENER_UV_H
#define BELFRY_EDGE_SHELL_LISTENER_UV_H

/* A listening socket: bound here, or inherited. It takes connections in bunches, and stops for a moment when
 * there are no descriptors or no room: then they wait in the kernel's queue, or go to another process that
 * shares the socket, and nothing spins.
 *
 * One thread: the loop's. */

#include "common/base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct uv_loop_s;
struct listener;

#define LISTENER_REASON_SIZE 256

struct listener_config {
    const char *address; /* HOST:PORT, [v6]:PORT or *:PORT; NULL: inherited */
    int fd;              /* the inherited socket, which already listens */
    bool reuse_port;     /* SO_REUSEPORT: several processes bind the same port */
    uint32_t
        send_buffer; /* SO_SNDBUF of the connections in bytes, 0: the kernel's choice (tests) */

    bool (*room)(void *context);             /* whether one more connection is wanted */
    void (*accepted)(void *context, int fd); /* a non-blocking socket, now the callee's */
    void (*paused)(void *context,
                   enum err err); /* why it stops for a moment: ERR_TOO_MANY, ERR_IO */
    void *context;
};

/* ERR_BUSY (address in use), ERR_DENIED, ERR_INVALID, ERR_NOT_FOUND (unknown host), ERR_IO; `reason` is
 * then one line for the operator. */
MUST_CHECK enum err listener_create(struct uv_loop_s *loop, const struct listener_config *config,
                                    struct listener **out, char reason[LISTENER_REASON_SIZE]);

/* The address that it listens on, as text ("127.0.0.1:8080"); valid until it is closed. */
const char *listener_address(const struct listener *listener);

/* Takes what already waits in the kernel's queue (room or not), since the
 * kernel resets it when the last holder of the socket goes; then as listener_close(). */
void listener_finish(struct listener *listener);

/* Stops at once; the memory goes from the loop. Takes NULL. */
void listener_close(struct listener *listener);

#endif
