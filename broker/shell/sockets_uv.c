/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/shell/sockets_uv.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/wire/bus_address.h"
#include "common/wire/bus_loop_uv.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <uv.h>

/* Size up to which the buffer for encoding is kept from frame to frame. */
#define KEPT_BYTES (256u << 10)

/* In the order of enum bus_socket. */
static const enum bus_kind kinds[] = {BUS_SUB, BUS_PUB, BUS_ROUTER};

#define SOCKETS 3

struct sockets {
    struct sockets_events events;
    void *context;
    void (*closed)(void *context);
    struct bus_context *bus_context;
    struct bus *bus[SOCKETS];
    struct bus_loop *attached[SOCKETS]; /* PUB too, for the subscriptions that arrive there */
    struct wire_decoder *decoder;
    struct buf out;
    unsigned open; /* number of attached sockets that are not closed yet */
};

static void take(struct sockets *s, const struct control_peer *peer, struct slice bytes)
{
    struct wire_frame frame;
    enum err err = wire_decode(s->decoder, bytes, &frame);

    if (err == OK)
        s->events.frame(s->context, peer, &frame);
    else
        s->events.bad(s->context, peer, err);
}

static struct control_peer peer_of(struct slice bytes)
{
    struct control_peer peer = {.size = (uint8_t)bytes.size};

    assert(bytes.size <= sizeof(peer.bytes));
    memcpy(peer.bytes, bytes.data, bytes.size);
    return peer;
}

static void on_publish(void *context, struct slice peer, struct slice bytes)
{
    (void)peer;
    take(context, NULL, bytes);
}

static void on_control(void *context, struct slice peer_bytes, struct slice bytes)
{
    struct control_peer peer = peer_of(peer_bytes);

    take(context, &peer, bytes);
}

static void on_bad(void *context, struct slice peer_bytes, enum err err)
{
    struct sockets *s = context;
    struct control_peer peer;

    if (peer_bytes.data == NULL) {
        s->events.bad(s->context, NULL, err);
        return;
    }
    peer = peer_of(peer_bytes);
    s->events.bad(s->context, &peer, err);
}

static const struct bus_loop_events bus_events[SOCKETS] = {
    [BUS_PUBLISH] = {on_publish, on_bad},
    [BUS_BROADCAST] = {NULL, NULL}, /* a PUB is never readable */
    [BUS_CONTROL] = {on_control, on_bad},
};

static enum err open_one(struct sockets *s, const char *base, enum bus_socket which,
                         char reason[BUS_REASON_SIZE])
{
    char address[BUS_ADDRESS_SIZE];
    enum err err = bus_address(base, which, address);

    if (err != OK) {
        snprintf(reason, BUS_REASON_SIZE, "%.150s: %s", base,
                 err == ERR_TOO_LARGE
                     ? "path too long for a socket"
                     : "must be an address like ipc:///directory or tcp://host:port");
        return err;
    }
    err = bus_open(s->bus_context, kinds[which], &s->bus[which]);
    if (err != OK) {
        snprintf(reason, BUS_REASON_SIZE, "%.150s: %s", address, err_text(err));
        return err;
    }
    return bus_bind(s->bus[which], address, reason);
}

/* Frees everything that does not need the loop, even of half-built sockets. */
static void release(struct sockets *s)
{
    for (int i = 0; i < SOCKETS; i++)
        bus_close(s->bus[i]);
    bus_context_destroy(s->bus_context);
    wire_decoder_destroy(s->decoder);
    buf_clear(&s->out);
    mem_free(s);
}

static void on_closed(void *context)
{
    struct sockets *s = context;
    void (*closed)(void *context) = s->closed;
    void *closed_context = s->context;

    if (--s->open > 0)
        return;
    release(s);
    if (closed != NULL)
        closed(closed_context);
}

static enum err attach(struct sockets *s, struct uv_loop_s *loop, char reason[BUS_REASON_SIZE])
{
    for (int i = 0; i < SOCKETS; i++) {
        enum err err = bus_loop_create(loop, s->bus[i], &bus_events[i], s, &s->attached[i]);
        if (err != OK) {
            snprintf(reason, BUS_REASON_SIZE, "event loop: %s", err_text(err));
            return err;
        }
        s->open++;
    }
    return OK;
}

static void detach(struct sockets *s)
{
    unsigned open = s->open;

    for (unsigned i = 0; i < open; i++)
        bus_loop_close(s->attached[i], on_closed);
}

enum err sockets_create(struct uv_loop_s *loop, const char *base,
                        const struct sockets_events *events, void *context, struct sockets **out,
                        char reason[BUS_REASON_SIZE])
{
    struct sockets *s = mem_alloc(sizeof(*s));
    enum err err = OK;

    buf_init(&s->out, WIRE_FRAME_SIZE_MAX);
    s->events = *events;
    s->context = context;
    s->decoder = wire_decoder_create();
    s->bus_context = bus_context_create();
    if (s->bus_context == NULL) {
        snprintf(reason, BUS_REASON_SIZE, "cannot create sockets; check the limit of open files");
        err = ERR_TOO_MANY;
    }
    for (int i = 0; err == OK && i < SOCKETS; i++)
        err = open_one(s, base, (enum bus_socket)i, reason);
    if (err == OK)
        err = attach(s, loop, reason);
    if (err == OK) {
        *out = s;
        return OK;
    }
    if (s->open > 0)
        detach(s);
    else
        release(s);
    return err;
}

static enum err encode(struct sockets *s, const struct wire_frame *frame)
{
    if (s->out.capacity > KEPT_BYTES)
        buf_clear(&s->out);
    buf_reset(&s->out);
    wire_encode(&s->out, frame);
    return buf_ok(&s->out) ? OK : ERR_TOO_LARGE;
}

enum err sockets_broadcast(struct sockets *s, const struct wire_frame *frame)
{
    enum err err = encode(s, frame);

    if (err != OK)
        return err;
    return bus_loop_send(s->attached[BUS_BROADCAST], buf_all(&s->out));
}

enum err sockets_answer(struct sockets *s, const struct control_peer *peer,
                        const struct wire_frame *frame)
{
    enum err err = encode(s, frame);

    if (err != OK)
        return err;
    return bus_loop_send_to(s->attached[BUS_CONTROL], slice_of(peer->bytes, peer->size),
                            buf_all(&s->out));
}

void sockets_close(struct sockets *s, void (*closed)(void *context))
{
    s->closed = closed;
    detach(s);
}
