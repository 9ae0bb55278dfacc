/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/shell/uplink_uv.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/wire/bus_address.h"
#include "common/wire/bus_loop_uv.h"

#include <assert.h>
#include <stdio.h>

#define SOCKETS 3 /* enum bus_socket */

struct uplink {
    struct uplink_events events;
    void *context;
    struct bus_context *bus_context;
    struct bus *buses[SOCKETS];
    struct bus_loop *loops[SOCKETS];
    struct wire_decoder *decoder;
    struct buf frame; /* frame that is being sent */
    unsigned open;    /* number of `loops` that are not closed */
};

static void on_frame(void *context, struct slice peer, struct slice bytes)
{
    struct uplink *u = context;
    struct wire_frame frame;
    enum err err = wire_decode(u->decoder, bytes, &frame);

    (void)peer;
    if (err == OK)
        u->events.frame(u->context, &frame);
    else
        u->events.bad(u->context, err);
}

static void on_bad(void *context, struct slice peer, enum err err)
{
    struct uplink *u = context;

    (void)peer;
    u->events.bad(u->context, err);
}

static void uplink_free(struct uplink *u)
{
    for (int i = 0; i < SOCKETS; i++)
        bus_close(u->buses[i]);
    bus_context_destroy(u->bus_context);
    wire_decoder_destroy(u->decoder);
    buf_clear(&u->frame);
    mem_free(u);
}

static void on_loop_closed(void *context)
{
    struct uplink *u = context;

    if (--u->open == 0)
        uplink_free(u);
}

void uplink_close(struct uplink *u)
{
    if (u == NULL)
        return;
    if (u->open == 0) {
        uplink_free(u);
        return;
    }
    for (int i = 0; i < SOCKETS; i++) {
        if (u->loops[i] != NULL)
            bus_loop_close(u->loops[i], on_loop_closed);
    }
}

static enum err open_socket(struct uplink *u, struct uv_loop_s *loop, const char *broker,
                            enum bus_socket which, char reason[BUS_REASON_SIZE])
{
    static const enum bus_kind kinds[SOCKETS] = {
        [BUS_PUBLISH] = BUS_PUB, [BUS_BROADCAST] = BUS_SUB, [BUS_CONTROL] = BUS_DEALER};
    const struct bus_loop_events receive = {on_frame, on_bad};
    const struct bus_loop_events send_only = {NULL, NULL};
    char address[BUS_ADDRESS_SIZE];
    enum err err = bus_address(broker, which, address);

    if (err != OK) {
        (void)snprintf(reason, BUS_REASON_SIZE, "%.150s: %s", broker,
                       err == ERR_TOO_LARGE
                           ? "the path is too long (at most 107 bytes with the name of the socket)"
                           : "must be ipc://DIRECTORY or tcp://HOST:PORT");
        return err;
    }
    err = bus_open(u->bus_context, kinds[which], &u->buses[which]);
    if (err == OK)
        err = bus_connect(u->buses[which], address, reason);
    if (err == OK)
        err = bus_loop_create(loop, u->buses[which], which == BUS_PUBLISH ? &send_only : &receive,
                              u, &u->loops[which]);
    if (err == OK)
        u->open++;
    return err;
}

enum err uplink_create(struct uv_loop_s *loop, const char *broker,
                       const struct uplink_events *events, void *context, struct uplink **out,
                       char reason[BUS_REASON_SIZE])
{
    struct uplink *u = mem_alloc(sizeof *u);
    enum err err = OK;

    u->events = *events;
    u->context = context;
    buf_init(&u->frame, WIRE_FRAME_SIZE_MAX);
    u->decoder = wire_decoder_create();
    u->bus_context = bus_context_create();
    (void)snprintf(reason, BUS_REASON_SIZE,
                   "%.150s: cannot open more sockets; is the limit of descriptors too low?",
                   broker);
    if (u->bus_context == NULL)
        err = ERR_TOO_MANY;
    for (int i = 0; i < SOCKETS && err == OK; i++)
        err = open_socket(u, loop, broker, (enum bus_socket)i, reason);
    if (err == OK)
        *out = u;
    else
        uplink_close(u);
    return err;
}

enum err uplink_send(struct uplink *u, enum edge_socket socket, const struct wire_frame *frame)
{
    struct bus_loop *to = u->loops[socket == EDGE_SOCKET_PUBLISH ? BUS_PUBLISH : BUS_CONTROL];

    buf_reset(&u->frame);
    wire_encode(&u->frame, frame);
    return buf_ok(&u->frame) ? bus_loop_send(to, buf_all(&u->frame)) : ERR_TOO_LARGE;
}
