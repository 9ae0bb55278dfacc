/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_WIRE_BUS_H
#define BELFRY_COMMON_WIRE_BUS_H

/* Sockets that carry frames between edges and broker, over ZeroMQ (bus_zmq.c).
 *
 * A bus may lose frames, which the protocol in common/wire/wire.h allows for; it never splits,
 * joins or alters them. The broker binds, edges connect. Addresses are those of
 * common/wire/bus_address.h.
 *
 * Threads: any thread may use a context. A bus is used by one thread at a time. Nothing blocks
 * except bus_context_destroy(), which waits up to BUS_LINGER_MS for the last frames to be sent. */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>

enum bus_kind {
    BUS_PUB,    /* sends to all connected peers; silently drops frames for a slow peer */
    BUS_SUB,    /* receives all frames of all peers */
    BUS_DEALER, /* exchanges frames with the router it is connected to */
    BUS_ROUTER, /* exchanges frames with many dealers, each identified by a peer id */
};

#define BUS_PEER_SIZE_MAX 32 /* bytes of a peer id */
#define BUS_LINGER_MS 200
#define BUS_REASON_SIZE 256

struct bus_context;
struct bus;

/* Creates a context. Returns NULL if the system has no resources left. */
struct bus_context *bus_context_create(void);

/* Destroys a context, all buses of which must have been closed. NULL is allowed. */
void bus_context_destroy(struct bus_context *context);

/* Opens a bus. Returns ERR_TOO_MANY if no more sockets are available. */
MUST_CHECK enum err bus_open(struct bus_context *context, enum bus_kind kind, struct bus **out);

/* Closes a bus, whose descriptor must no longer be polled. NULL is allowed. */
void bus_close(struct bus *bus);

/* Binds to an address. Returns ERR_BUSY (in use by another process), ERR_INVALID, ERR_NOT_FOUND
 * (for example if the directory of an ipc socket does not exist), ERR_DENIED or ERR_IO; `reason` is
 * then one line for the operator. Replaces a socket file that a dead process left. */
MUST_CHECK enum err bus_bind(struct bus *bus, const char *address, char reason[BUS_REASON_SIZE]);

/* Connects in the background, and again each time the connection is lost; it is not an error if the
 * peer is not running yet. Returns ERR_INVALID with a reason if the address is malformed. */
MUST_CHECK enum err bus_connect(struct bus *bus, const char *address, char reason[BUS_REASON_SIZE]);

/* Returns a file descriptor to poll for reading, valid until bus_close(). It is edge-triggered:
 * when it fires, and after each call of any function of this bus, check bus_readable(), as
 * bus_loop_uv.h does. */
int bus_fd(const struct bus *bus);

/* Returns true if bus_receive() would return a message. */
bool bus_readable(struct bus *bus);

/* Sends a copy of the frame (PUB, DEALER). Returns ERR_UNAVAILABLE if there is no room (DEALER
 * only; a PUB drops the frame and returns OK) or ERR_NO_MEMORY. */
MUST_CHECK enum err bus_send(struct bus *bus, struct slice frame);

/* Does the same to one peer of a ROUTER. Returns ERR_NOT_FOUND if it is no longer connected. */
MUST_CHECK enum err bus_send_to(struct bus *bus, struct slice peer, struct slice frame);

/* Receives the next frame. *out_peer (1 to BUS_PEER_SIZE_MAX bytes for ROUTER, otherwise absent)
 * and *out_frame are valid until the next call with this bus; nothing is copied.
 *
 * Returns ERR_UNAVAILABLE if there are no more frames; ERR_MALFORMED if a message that is not
 * exactly one part was dropped, with *out_peer as above; ERR_TOO_LARGE if a message with a too
 * large peer id was dropped, with *out_peer absent. More frames may follow these two. After ERR_IO
 * and ERR_NO_MEMORY, try again later. */
MUST_CHECK enum err bus_receive(struct bus *bus, struct slice *out_peer, struct slice *out_frame);

#endif
