/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_SHELL_SOCKETS_UV_H
#define BELFRY_BROKER_SHELL_SOCKETS_UV_H

/* The broker's three sockets, bound and attached to a loop. Frames that arrive are decoded and
 * passed to a callback. A frame to broadcast is encoded once for all edges.
 *
 * Threads: all functions and callbacks run on the loop's thread. */

#include "broker/core/broker.h"
#include "common/base/err.h"
#include "common/wire/bus.h"
#include "common/wire/wire.h"

struct uv_loop_s;
struct sockets;

struct sockets_events {
    /* A frame came. `peer` is NULL for the publish socket. All pointers are valid only during the
     * call. */
    void (*frame)(void *context, const struct control_peer *peer, const struct wire_frame *frame);

    /* Malformed bytes came. `peer` is NULL for the publish socket, or when it is unknown. */
    void (*bad)(void *context, const struct control_peer *peer, enum err err);
};

/* Binds the sockets. `base` is an address as in common/wire/bus_address.h. On failure `reason`
 * is one line for the operator. */
MUST_CHECK enum err sockets_create(struct uv_loop_s *loop, const char *base,
                                   const struct sockets_events *events, void *context,
                                   struct sockets **out, char reason[BUS_REASON_SIZE]);

/* Sends a frame to all edges. ERR_TOO_LARGE: its bytes exceed WIRE_FRAME_SIZE_MAX;
 * ERR_NO_MEMORY. */
MUST_CHECK enum err sockets_broadcast(struct sockets *s, const struct wire_frame *frame);

/* Sends a frame to one control peer. Errors as above, ERR_UNAVAILABLE when its queue is full, and
 * ERR_NOT_FOUND when it has disconnected. */
MUST_CHECK enum err sockets_answer(struct sockets *s, const struct control_peer *peer,
                                   const struct wire_frame *frame);

/* Stops receiving at once, leaves BUS_LINGER_MS for the frames that were sent, then calls `closed`
 * from the loop. */
void sockets_close(struct sockets *s, void (*closed)(void *context));

#endif
