/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_WIRE_BUS_H
#define BELFRY_COMMON_WIRE_BUS_H

/* The bus between edges and broker: whole frames over sockets of four kinds. ZeroMQ is behind it
 * (bus_zmq.c) with the settings that reference/zeromq.md found; nothing here says so. A bus may
 * lose what it was given (common/wire/wire.h is made for that), but never cuts, joins or alters a
 * frame.
 *
 * The broker binds, edges connect. The addresses are those of common/wire/bus_address.h.
 *
 * Threads: a context may be used by any, a bus by one at a time. Nothing here blocks, except
 * bus_context_destroy(), which waits up to BUS_LINGER_MS for the last frames to get out. */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>

enum bus_kind {
    BUS_PUB,    /* to all that are connected; drops what a slow one has no room for, silently */
    BUS_SUB,    /* from all, everything */
    BUS_DEALER, /* to and from the one router that it is connected to */
    BUS_ROUTER, /* to and from many dealers, each named by a peer id */
};

#define BUS_PEER_SIZE_MAX 32 /* bytes of a peer id */
#define BUS_LINGER_MS 200
#define BUS_REASON_SIZE 256

struct bus_context;
struct bus;

/* NULL when the system gives us no sockets or threads. */
struct bus_context *bus_context_create(void);

/* Takes NULL. All its buses must be closed before. */
void bus_context_destroy(struct bus_context *context);

/* ERR_TOO_MANY: no more sockets. */
MUST_CHECK enum err bus_open(struct bus_context *context, enum bus_kind kind, struct bus **out);

/* Takes NULL. Whoever watches bus_fd() must have stopped. */
void bus_close(struct bus *bus);

/* Takes an address for itself. ERR_BUSY (somebody has it), ERR_INVALID or ERR_NOT_FOUND (what the
 * address names is not here, say the directory of an ipc socket), ERR_DENIED, ERR_IO; `reason` is
 * then one line for the operator. A socket file that a dead process left is replaced. */
MUST_CHECK enum err bus_bind(struct bus *bus, const char *address, char reason[BUS_REASON_SIZE]);

/* Connects in the background, now and each time the connection is lost; a peer that is not there
 * yet is no error. ERR_INVALID with a reason when the address is none. */
MUST_CHECK enum err bus_connect(struct bus *bus, const char *address, char reason[BUS_REASON_SIZE]);

/* A file descriptor to poll for reading. Edge-triggered: when it fires, and also after each call of
 * any function of this bus, look at bus_readable(); loop_uv.h does. Valid until bus_close(). */
int bus_fd(const struct bus *bus);

/* Whether bus_receive() would give something. */
bool bus_readable(struct bus *bus);

/* Copies the frame out (PUB, DEALER). ERR_UNAVAILABLE when there is no room (DEALER; a PUB drops
 * instead and says OK), ERR_NO_MEMORY. */
MUST_CHECK enum err bus_send(struct bus *bus, struct slice frame);

/* The same to one peer of a ROUTER. ERR_NOT_FOUND: it is gone. */
MUST_CHECK enum err bus_send_to(struct bus *bus, struct slice peer, struct slice frame);

/* Takes the next frame. *out_peer (1 .. BUS_PEER_SIZE_MAX bytes for ROUTER, otherwise absent) and
 * *out_frame are valid until the next call with this bus; nothing is copied.
 *
 * ERR_UNAVAILABLE: none left. ERR_MALFORMED: a message that is not exactly one part was dropped;
 * *out_peer is set then. ERR_TOO_LARGE: one whose peer id is too large was dropped; *out_peer is
 * absent. There may be more after these two. ERR_IO, ERR_NO_MEMORY: try again later. */
MUST_CHECK enum err bus_receive(struct bus *bus, struct slice *out_peer, struct slice *out_frame);

#endif
