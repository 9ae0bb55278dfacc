/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_SHELL_SOCKETS_UV_H
#define BELFRY_BROKER_SHELL_SOCKETS_UV_H

/* The broker's three sockets, bound and attached to a loop: what arrives is decoded and handed on, what goes
 * out is encoded once.
 *
 * Threads: all on the loop's. */

#include "broker/core/broker.h"
#include "common/base/err.h"
#include "common/wire/bus.h"
#include "common/wire/wire.h"

struct uv_loop_s;
struct sockets;

struct sockets_events {
    /* `peer` is NULL for the publish socket. All is valid during the call. */
    void (*frame)(void *context, const struct control_peer *peer, const struct wire_frame *frame);

    /* Bytes that are no frame; `peer` is NULL as above, or when it is not known. */
    void (*bad)(void *context, const struct control_peer *peer, enum err err);
};

/* `base` is as common/wire/bus_address.h says. On failure `reason` is one line for the operator. */
MUST_CHECK enum err sockets_create(struct uv_loop_s *loop, const char *base,
                                   const struct sockets_events *events, void *context,
                                   struct sockets **out, char reason[BUS_REASON_SIZE]);

/* To all edges. ERR_TOO_LARGE when the frame's bytes exceed WIRE_FRAME_SIZE_MAX, ERR_NO_MEMORY. */
MUST_CHECK enum err sockets_broadcast(struct sockets *s, const struct wire_frame *frame);

/* To one control peer. As above, and ERR_UNAVAILABLE (it takes nothing now) or ERR_NOT_FOUND (gone). */
MUST_CHECK enum err sockets_answer(struct sockets *s, const struct control_peer *peer,
                                   const struct wire_frame *frame);

/* Stops at once; what was sent still has BUS_LINGER_MS to get out. Then `closed`, from the loop. */
void sockets_close(struct sockets *s, void (*closed)(void *context));

#endif
