/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/shell/conn_set_uv.h"

#include "common/base/list.h"
#include "common/base/mem.h"

#include <assert.h>
#include <uv.h>

struct conn_set *conn_set_create(struct uv_loop_s *loop, const struct conn_config *config,
                                 const struct conn_context *context)
{
    struct conn_set *set = mem_alloc(sizeof *set);

    assert(context->exchange.counters != NULL);
    set->loop = loop;
    set->config = *config;
    set->context = *context;
    set->context.exchange.config = &set->config.exchange;
    set->context.exchange.access.config = &set->config.exchange.access;
    http_limits_init(&set->limits);
    set->limits.body = config->body_max;
    for (size_t i = 0; i < CONN_STATES; i++)
        list_init(&set->states[i]);
    return set;
}

void conn_set_destroy(struct conn_set *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; i < CONN_STATES; i++)
        assert(set->counts[i] == 0);
    mem_free(set);
}

void conn_set_session(struct conn_set *set, const struct edge_action *action)
{
    struct exchange_now now = conn_set_now(set);

    exchange_session(&set->context.exchange, &now, action);
}

bool conn_set_reap(struct conn_set *set)
{
    struct list *broken = &set->states[CONN_BROKEN];
    bool some = !list_empty(broken);

    while (!list_empty(broken))
        conn_close(conn_of(broken->next));
    return some;
}

void conn_set_sweep(struct conn_set *set)
{
    uint64_t now = uv_now(set->loop);

    for (size_t i = 0; i < CONN_STATES; i++) {
        struct list *state = &set->states[i];

        /* A connection that expires leaves the list, or moves to its end with a later deadline. */
        while (!list_empty(state) && conn_due(conn_of(state->next), now))
            conn_expire(conn_of(state->next));
    }
}

void conn_set_drain(struct conn_set *set)
{
    struct list *idle = &set->states[CONN_IDLE];

    set->draining = true;
    for (size_t left = set->counts[CONN_IDLE]; left > 0; left--)
        conn_drain_idle(conn_of(idle->next)); /* moves to the end of the list */
}

size_t conn_set_end_streams(struct conn_set *set, size_t count)
{
    struct list *streams = &set->states[CONN_STREAM];
    size_t done = 0;

    for (; done < count && !list_empty(streams); done++)
        conn_end_stream(conn_of(streams->next));
    return done;
}

void conn_set_undrain(struct conn_set *set)
{
    set->draining = false;
}

void conn_set_close_all(struct conn_set *set)
{
    for (size_t i = 0; i < CONN_CLOSED; i++) {
        while (!list_empty(&set->states[i]))
            conn_close(conn_of(set->states[i].next));
    }
}

struct conn_set_counts conn_set_count(const struct conn_set *set)
{
    const size_t *counts = set->counts;
    struct conn_set_counts out = {.streams = counts[CONN_STREAM]};

    for (size_t i = 0; i < CONN_CLOSED; i++)
        out.open += counts[i];
    out.closing = counts[CONN_CLOSED];
    return out;
}
