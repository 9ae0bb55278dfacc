/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_WIRE_LOOP_UV_H
#define BELFRY_COMMON_WIRE_LOOP_UV_H

/* Attaches a bus to a libuv loop: each frame that arrives is handed to a callback, at most
 * LOOP_BUS_FRAMES in one turn of the loop, so that nobody else starves.
 *
 * Frames come in the loop's check phase (after polling). Whoever answers them does so best from a
 * uv_prepare handle of its own, which runs once per turn before the loop may sleep: "handlers mark,
 * one place drains". Sends go through loop_bus_send(), which looks at the bus again afterwards, as
 * the bus demands; a bus that is attached must not be sent on directly.
 *
 * Threads: all on the loop's. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/wire/bus.h"

struct uv_loop_s;

#define LOOP_BUS_FRAMES 256

struct loop_bus;

struct loop_bus_events {
    /* A frame. NULL for a PUB. `peer` is absent unless the bus is a ROUTER. Both are valid during
     * the call. The callback may send and may close the loop_bus. */
    void (*frame)(void *context, struct slice peer, struct slice frame);

    /* A message that was no frame was dropped: see bus_receive(). May be NULL. */
    void (*bad)(void *context, struct slice peer, enum err err);
};

/* The bus stays the caller's. ERR_IO when the loop takes no more handles. */
MUST_CHECK enum err loop_bus_create(struct uv_loop_s *loop, struct bus *bus,
                                    const struct loop_bus_events *events, void *context,
                                    struct loop_bus **out);

/* bus_send() and bus_send_to(), then a look at what has arrived meanwhile. */
MUST_CHECK enum err loop_bus_send(struct loop_bus *lb, struct slice frame);
MUST_CHECK enum err loop_bus_send_to(struct loop_bus *lb, struct slice peer, struct slice frame);

/* Stops at once: no more frames. `closed` (may be NULL) is called from the loop, when the memory is
 * gone and the bus may be closed. */
void loop_bus_close(struct loop_bus *lb, void (*closed)(void *context));

#endif
