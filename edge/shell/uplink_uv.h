/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_UPLINK_UV_H
#define BELFRY_EDGE_SHELL_UPLINK_UV_H

/* The edge's three sockets to the broker, in the loop: frames are encoded on the way out and decoded on the
 * way in. It connects in the background, and again whenever the broker comes back.
 *
 * One thread: the loop's. */

#include "common/base/err.h"
#include "common/wire/bus.h"
#include "common/wire/wire.h"
#include "edge/core/edge.h"

struct uv_loop_s;
struct uplink;

struct uplink_events {
    /* A frame from the broadcast or the control socket, valid during the call. */
    void (*frame)(void *context, const struct wire_frame *frame);

    /* One that can't be read was dropped. */
    void (*bad)(void *context, enum err err);
};

/* `broker` is the base address (common/wire/bus_address.h). ERR_INVALID, ERR_TOO_LARGE, ERR_TOO_MANY, ERR_IO;
 * `reason` is then one line for the operator. */
MUST_CHECK enum err uplink_create(struct uv_loop_s *loop, const char *broker,
                                  const struct uplink_events *events, void *context,
                                  struct uplink **out, char reason[BUS_REASON_SIZE]);

/* ERR_UNAVAILABLE: no room (the core sends again what matters). ERR_TOO_LARGE: a frame beyond
 * WIRE_FRAME_SIZE_MAX. */
MUST_CHECK enum err uplink_send(struct uplink *u, enum edge_socket socket,
                                const struct wire_frame *frame);

/* No more events from now on; the memory goes from the loop. Takes NULL. */
void uplink_close(struct uplink *u);

#endif
