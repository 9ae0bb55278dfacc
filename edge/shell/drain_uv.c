/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/shell/drain_uv.h"

#include "common/base/mem.h"

#include <uv.h>

#define STEP_MS 50

/* Time allowed after the window: for the deadline of a publish, and for its client to close. */
#define GRACE_MS 8000

struct drain {
    struct drain_config config;
    uv_timer_t timer;
    uint64_t start_ms;
    size_t streams; /* open streams at the start */
    bool begun;
    bool last;
};

struct drain *drain_create(struct uv_loop_s *loop, const struct drain_config *config)
{
    struct drain *d = mem_alloc(sizeof *d);

    d->config = *config;
    (void)uv_timer_init(loop, &d->timer);
    d->timer.data = d;
    return d;
}

static uint64_t elapsed_ms(const struct drain *d)
{
    return uv_now(d->timer.loop) - d->start_ms;
}

static void done(struct drain *d, size_t connections)
{
    log_event(d->config.log, LOG_INFO, "edge.drained", LOG_NUM("ms", elapsed_ms(d)),
              LOG_NUM("connections", connections));
    (void)uv_timer_stop(&d->timer);
    if (d->last)
        d->config.drained(d->config.context);
}

/* Closes streams in proportion to the time since the start. */
static void on_step(uv_timer_t *timer)
{
    struct drain *d = timer->data;
    uint64_t elapsed = elapsed_ms(d);
    uint64_t window = d->config.window_ms;
    struct conn_set_counts counts = conn_set_count(d->config.conns);
    size_t keep = elapsed >= window ? 0 : (size_t)(d->streams * (window - elapsed) / window);

    if (counts.streams > keep)
        (void)conn_set_end_streams(d->config.conns, counts.streams - keep);
    counts = conn_set_count(d->config.conns);
    /* A process that ends waits for all connections, since some may wait for a publish. */
    if (d->last ? counts.open == 0 || elapsed > window + GRACE_MS : counts.streams == 0)
        done(d, counts.open);
}

void drain_begin(struct drain *d, bool last)
{
    if (d->begun && d->last >= last)
        return;
    d->last = last;
    if (!d->begun || !uv_is_active((uv_handle_t *)&d->timer)) {
        d->start_ms = uv_now(d->timer.loop);
        d->streams = conn_set_count(d->config.conns).streams;
    }
    d->begun = true;
    log_event(d->config.log, LOG_INFO, "edge.draining", LOG_NUM("streams", d->streams),
              LOG_NUM("window_ms", d->config.window_ms), LOG_STR("then", last ? "ends" : "waits"));
    edge_drain(d->config.edge);
    conn_set_drain(d->config.conns);
    (void)uv_timer_start(&d->timer, on_step, 0, STEP_MS);
}

bool drain_undo(struct drain *d)
{
    if (d->last)
        return false;
    if (!d->begun)
        return true;
    d->begun = false;
    (void)uv_timer_stop(&d->timer);
    edge_undrain(d->config.edge);
    conn_set_undrain(d->config.conns);
    log_event(d->config.log, LOG_INFO, "edge.undrained",
              LOG_NUM("streams", conn_set_count(d->config.conns).streams));
    return true;
}

bool drain_begun(const struct drain *d)
{
    return d->begun;
}

bool drain_is_last(const struct drain *d)
{
    return d->last;
}

static void on_closed(uv_handle_t *handle)
{
    mem_free(handle->data);
}

void drain_close(struct drain *d)
{
    if (d != NULL)
        uv_close((uv_handle_t *)&d->timer, on_closed);
}
