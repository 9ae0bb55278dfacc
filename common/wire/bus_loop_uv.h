/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_WIRE_BUS_LOOP_UV_H
#define BELFRY_COMMON_WIRE_BUS_LOOP_UV_H

/* Attaches a bus to a libuv loop: each frame that arrives is handed to a callback, at most
 * LOOP_BUS_FRAMES in one turn of the loop, so that nobody else starves.
 *
 * Frames come in the loop's check phase (after polling). Whoever answers them does so best from a
 * uv_prepare handle of its own, which runs once per turn before the loop may sleep: "handlers mark,
 * one place drains". Sends go through bus_loop_send(), which looks at the bus again afterwards, as
 * the bus demands; a bus that is attached must not be sent on directly.
 *
 * Threads: all on the loop's. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/wire/bus.h"

struct uv_loop_s;

#define LOOP_BUS_FRAMES 256

struct bus_loop;

struct bus_loop_events {
    /* A frame. NULL for a PUB. `peer` is absent unless the bus is a ROUTER. Both are valid during
     * the call. The callback may send and may close the bus_loop. */
    void (*frame)(void *context, struct slice peer, struct slice frame);

    /* A message that was no frame was dropped: see bus_receive(). May be NULL. */
    void (*bad)(void *context, struct slice peer, enum err err);
};

/* The bus stays the caller's. ERR_IO when the loop takes no more handles. */
MUST_CHECK enum err bus_loop_create(struct uv_loop_s *loop, struct bus *bus,
                                    const struct bus_loop_events *events, void *context,
                                    struct bus_loop **out);

/* bus_send() and bus_send_to(), then a look at what has arrived meanwhile. */
MUST_CHECK enum err bus_loop_send(struct bus_loop *lb, struct slice frame);
MUST_CHECK enum err bus_loop_send_to(struct bus_loop *lb, struct slice peer, struct slice frame);

/* Stops at once: no more frames. `closed` (may be NULL) is called from the loop, when the memory is
 * gone and the bus may be closed. */
void bus_loop_close(struct bus_loop *lb, void (*closed)(void *context));

#endif
