/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/loop_uv.h"

#include "common/mem.h"

#include <assert.h>
#include <uv.h>

/* How it works: the bus's descriptor is edge-triggered, and any call on the bus may swallow the edge. So
 * the poll handle only wakes the loop; the bus itself is asked in each turn, before the loop sleeps
 * (prepare) and after (check). While there is something to read an idle handle keeps the loop turning. */
struct loop_bus {
    struct bus *bus;
    struct loop_bus_events events;
    void *context;
    uv_poll_t poll;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_idle_t idle;
    void (*closed)(void *context);
    unsigned open; /* handles that are not closed yet */
    bool closing;
};

static void on_wake(uv_poll_t *handle, int status, int events)
{
    (void)handle;
    (void)status;
    (void)events;
}

static void on_idle(uv_idle_t *handle)
{
    (void)handle;
}

/* libuv's functions that start a handle fail only without a callback or while it closes. */
static void look(struct loop_bus *lb)
{
    if (lb->closing)
        return;
    if (bus_readable(lb->bus))
        (void)uv_idle_start(&lb->idle, on_idle);
    else
        (void)uv_idle_stop(&lb->idle);
}

static void on_prepare(uv_prepare_t *handle)
{
    look(handle->data);
}

/* Hands out one message; false when there is none. */
static bool receive_one(struct loop_bus *lb)
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
    struct loop_bus *lb = handle->data;

    if (lb->closing || !bus_readable(lb->bus))
        return;
    for (int i = 0; i < LOOP_BUS_FRAMES && !lb->closing; i++) {
        if (!receive_one(lb))
            break;
    }
    look(lb);
}

enum err loop_bus_create(struct uv_loop_s *loop, struct bus *bus,
                         const struct loop_bus_events *events, void *context, struct loop_bus **out)
{
    struct loop_bus *lb = mem_alloc(sizeof(*lb));

    if (uv_poll_init(loop, &lb->poll, bus_fd(bus)) != 0) {
        mem_free(lb);
        return ERR_IO;
    }
    lb->bus = bus;
    lb->events = *events;
    lb->context = context;
    lb->open = 4;
    (void)uv_prepare_init(loop, &lb->prepare);
    (void)uv_check_init(loop, &lb->check);
    (void)uv_idle_init(loop, &lb->idle);
    lb->poll.data = lb;
    lb->prepare.data = lb;
    lb->check.data = lb;
    lb->idle.data = lb;
    (void)uv_poll_start(&lb->poll, UV_READABLE, on_wake);
    (void)uv_prepare_start(&lb->prepare, on_prepare);
    (void)uv_check_start(&lb->check, on_check);
    *out = lb;
    return OK;
}

enum err loop_bus_send(struct loop_bus *lb, struct slice frame)
{
    enum err err = bus_send(lb->bus, frame);

    look(lb);
    return err;
}

enum err loop_bus_send_to(struct loop_bus *lb, struct slice peer, struct slice frame)
{
    enum err err = bus_send_to(lb->bus, peer, frame);

    look(lb);
    return err;
}

static void on_closed(uv_handle_t *handle)
{
    struct loop_bus *lb = handle->data;
    void (*closed)(void *context) = lb->closed;
    void *context = lb->context;

    if (--lb->open > 0)
        return;
    mem_free(lb);
    if (closed != NULL)
        closed(context);
}

void loop_bus_close(struct loop_bus *lb, void (*closed)(void *context))
{
    assert(!lb->closing);
    lb->closing = true;
    lb->closed = closed;
    uv_close((uv_handle_t *)&lb->poll, on_closed);
    uv_close((uv_handle_t *)&lb->prepare, on_closed);
    uv_close((uv_handle_t *)&lb->check, on_closed);
    uv_close((uv_handle_t *)&lb->idle, on_closed);
}
