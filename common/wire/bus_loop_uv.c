/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/wire/bus_loop_uv.h"

#include "common/base/mem.h"

#include <assert.h>
#include <uv.h>

/* The descriptor of the bus is edge-triggered, and any call on the bus may consume its event. So
 * the poll handle, and each send, only mark the bus as awake; the check phase then reads it. While
 * the bus may have frames, an idle handle keeps the loop from blocking. Once a read has returned
 * "no more frames", the bus is left alone until its descriptor fires, since each check costs two
 * system calls (libzmq 4.3.4: getpid and poll). */
struct bus_loop {
    struct bus *bus;
    struct bus_loop_events events;
    void *context;
    uv_poll_t poll;
    uv_check_t check;
    uv_idle_t idle;
    void (*closed)(void *context);
    unsigned open; /* handles that are not closed yet */
    bool awake;    /* to be read in the check phase */
    bool closing;
};

static void on_wake(uv_poll_t *handle, int status, int events)
{
    struct bus_loop *lb = handle->data;

    (void)status;
    (void)events;
    lb->awake = true;
}

static void on_idle(uv_idle_t *handle)
{
    (void)handle;
}

/* Sets whether the bus is to be read. uv_idle_start() fails only without a callback. */
static void set_awake(struct bus_loop *lb, bool awake)
{
    if (lb->closing)
        return;
    lb->awake = awake;
    if (awake)
        (void)uv_idle_start(&lb->idle, on_idle);
    else
        (void)uv_idle_stop(&lb->idle);
}

/* Passes on one message; returns false if there is none. */
static bool receive_one(struct bus_loop *lb)
{
    struct slice peer = {NULL, 0};
    struct slice frame = {NULL, 0};
    enum err err = bus_receive(lb->bus, &peer, &frame);

    if (err == OK) {
        lb->events.frame(lb->context, peer, frame);
        return true;
    }
    if (err != ERR_MALFORMED && err != ERR_TOO_LARGE)
        return false;
    if (lb->events.bad != NULL)
        lb->events.bad(lb->context, peer, err);
    return true;
}

static void on_check(uv_check_t *handle)
{
    struct bus_loop *lb = handle->data;
    bool more = true;

    if (lb->closing || !lb->awake)
        return;
    if (lb->events.frame == NULL) {
        /* a PUB is never readable, but the call processes new subscribers */
        (void)bus_readable(lb->bus);
        more = false;
    }
    for (int i = 0; i < LOOP_BUS_FRAMES && more && !lb->closing; i++)
        more = receive_one(lb);
    set_awake(lb, more);
}

enum err bus_loop_create(struct uv_loop_s *loop, struct bus *bus,
                         const struct bus_loop_events *events, void *context, struct bus_loop **out)
{
    struct bus_loop *lb = mem_alloc(sizeof(*lb));

    if (uv_poll_init(loop, &lb->poll, bus_fd(bus)) != 0) {
        mem_free(lb);
        return ERR_IO;
    }
    lb->bus = bus;
    lb->events = *events;
    lb->context = context;
    lb->open = 3;
    (void)uv_check_init(loop, &lb->check);
    (void)uv_idle_init(loop, &lb->idle);
    lb->poll.data = lb;
    lb->check.data = lb;
    lb->idle.data = lb;
    (void)uv_poll_start(&lb->poll, UV_READABLE, on_wake);
    (void)uv_check_start(&lb->check, on_check);
    set_awake(lb, true); /* frames received before now have consumed the event */
    *out = lb;
    return OK;
}

/* Checks the bus after a send, which may have consumed the descriptor's event. A PUB has nothing to
 * read. */
static void sent(struct bus_loop *lb)
{
    if (lb->events.frame != NULL && !lb->awake && bus_readable(lb->bus))
        set_awake(lb, true);
}

enum err bus_loop_send(struct bus_loop *lb, struct slice frame)
{
    enum err err = bus_send(lb->bus, frame);

    sent(lb);
    return err;
}

enum err bus_loop_send_to(struct bus_loop *lb, struct slice peer, struct slice frame)
{
    enum err err = bus_send_to(lb->bus, peer, frame);

    sent(lb);
    return err;
}

static void on_closed(uv_handle_t *handle)
{
    struct bus_loop *lb = handle->data;
    void (*closed)(void *context) = lb->closed;
    void *context = lb->context;

    if (--lb->open > 0)
        return;
    mem_free(lb);
    if (closed != NULL)
        closed(context);
}

void bus_loop_close(struct bus_loop *lb, void (*closed)(void *context))
{
    assert(!lb->closing);
    lb->closing = true;
    lb->closed = closed;
    uv_close((uv_handle_t *)&lb->poll, on_closed);
    uv_close((uv_handle_t *)&lb->check, on_closed);
    uv_close((uv_handle_t *)&lb->idle, on_closed);
}
