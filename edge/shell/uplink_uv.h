/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_UPLINK_UV_H
#define BELFRY_EDGE_SHELL_UPLINK_UV_H

/* The uplink: the edge's three sockets to the broker, in the loop. It encodes and decodes frames.
 * It connects in the background, and reconnects whenever the broker is back.
 *
 * Threads: all functions run on the loop's thread. */

#include "common/base/err.h"
#include "common/wire/bus.h"
#include "common/wire/wire.h"
#include "edge/core/edge.h"

struct uv_loop_s;
struct uplink;

struct uplink_events {
    /* Takes a frame from the broadcast or the control socket. It is valid during the call. */
    void (*frame)(void *context, const struct wire_frame *frame);

    /* Reports a frame that was dropped because it could not be decoded. */
    void (*bad)(void *context, enum err err);
};

/* Opens the sockets. `broker` is the base address (common/wire/bus_address.h). ERR_INVALID,
 * ERR_TOO_LARGE, ERR_TOO_MANY, ERR_IO; `reason` is then one line for the operator. */
MUST_CHECK enum err uplink_create(struct uv_loop_s *loop, const char *broker,
                                  const struct uplink_events *events, void *context,
                                  struct uplink **out, char reason[BUS_REASON_SIZE]);

/* Sends a frame. ERR_UNAVAILABLE: there is no room; the core resends what matters. ERR_TOO_LARGE:
 * the frame is larger than WIRE_FRAME_SIZE_MAX. */
MUST_CHECK enum err uplink_send(struct uplink *u, enum edge_socket socket,
                                const struct wire_frame *frame);

/* Closes the sockets. There are no more events, and the memory is freed from the loop. NULL is
 * allowed. */
void uplink_close(struct uplink *u);

#endif
