/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_WIRE_BUS_LOOP_UV_H
#define BELFRY_COMMON_WIRE_BUS_LOOP_UV_H

/* Attaches a bus to a libuv loop and passes each received frame to a callback.
 *
 * At most LOOP_BUS_FRAMES frames are passed per iteration of the loop, so other handles are not
 * starved. Callbacks run in the check phase (after polling). Replies are best sent from a
 * uv_prepare handle, which runs once per iteration before the loop may block. Send with
 * bus_loop_send(), never directly on the bus, since the bus must be checked again after each send.
 *
 * Threads: all functions run on the loop's thread. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/wire/bus.h"

struct uv_loop_s;

#define LOOP_BUS_FRAMES 256

struct bus_loop;

struct bus_loop_events {
    /* Handles a frame; NULL for a PUB. `peer` is absent unless the bus is a ROUTER. The slices are
     * valid during the call. May send, and may close the bus_loop. */
    void (*frame)(void *context, struct slice peer, struct slice frame);

    /* Reports that a message was dropped because it is not a frame: see bus_receive(). May be
     * NULL. */
    void (*bad)(void *context, struct slice peer, enum err err);
};

/* Attaches a bus, which the caller still owns. Returns ERR_IO if the loop accepts no more
 * handles. */
MUST_CHECK enum err bus_loop_create(struct uv_loop_s *loop, struct bus *bus,
                                    const struct bus_loop_events *events, void *context,
                                    struct bus_loop **out);

/* These two call bus_send() or bus_send_to(), then check whether frames have been received. */
MUST_CHECK enum err bus_loop_send(struct bus_loop *lb, struct slice frame);
MUST_CHECK enum err bus_loop_send_to(struct bus_loop *lb, struct slice peer, struct slice frame);

/* Passes no more frames, and frees the memory. Then calls `closed` (may be NULL) from the loop; the
 * bus may be closed from then on. */
void bus_loop_close(struct bus_loop *lb, void (*closed)(void *context));

#endif
