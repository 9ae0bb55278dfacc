/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_LISTENER_UV_H
#define BELFRY_EDGE_SHELL_LISTENER_UV_H

/* A listening socket, bound here or inherited. It accepts connections in batches, and pauses when
 * there are no descriptors or no room: then connections wait in the kernel's queue, or another
 * process that shares the socket accepts them, and the loop does not spin.
 *
 * Threads: all functions run on the loop's thread. */

#include "common/base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct uv_loop_s;
struct listener;

#define LISTENER_REASON_SIZE 256

struct listener_config {
    const char *address;  /* HOST:PORT, [v6]:PORT or *:PORT; NULL: inherited */
    int fd;               /* inherited socket, which already listens */
    bool reuse_port;      /* SO_REUSEPORT: several processes bind the same port */
    uint32_t send_buffer; /* SO_SNDBUF of connections, in bytes; 0: the system's default */

    bool (*room)(void *context);                 /* returns true if another connection is wanted */
    void (*accepted)(void *context, int fd);     /* takes ownership of a non-blocking socket */
    void (*paused)(void *context, enum err err); /* reports a pause: ERR_TOO_MANY, ERR_IO */
    void *context;
};

/* Begins to listen. ERR_BUSY (address in use), ERR_DENIED, ERR_INVALID, ERR_NOT_FOUND (unknown
 * host), ERR_IO; `reason` is then one line for the operator. */
MUST_CHECK enum err listener_create(struct uv_loop_s *loop, const struct listener_config *config,
                                    struct listener **out, char reason[LISTENER_REASON_SIZE]);

/* Returns the address of the listener as text ("127.0.0.1:8080"). It is valid until
 * listener_close(). */
const char *listener_address(const struct listener *listener);

/* Accepts the connections that wait in the kernel's queue, with or without room, since the kernel
 * resets them when the last owner of the socket closes it. Then closes the listener. */
void listener_finish(struct listener *listener);

/* Stops listening. The memory is freed once the loop has closed the handles. NULL is allowed. */
void listener_close(struct listener *listener);

#endif
