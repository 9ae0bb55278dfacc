/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/shell/conns_uv.h"

#include "common/base/list.h"
#include "common/base/mem.h"
#include "edge/shell/walk_uv.h"

#include <assert.h>
#include <uv.h>

struct conns {
    struct conn_set set;
};

struct conns *conns_create(struct uv_loop_s *loop, const struct conn_config *config,
                           const struct conn_context *context)
{
    struct conns *cs = mem_alloc(sizeof *cs);

    cs->set.loop = loop;
    cs->set.config = *config;
    cs->set.context = *context;
    cs->set.context.exchange.config = &cs->set.config.exchange;
    cs->set.context.exchange.access.config = &cs->set.config.exchange.access;
    http_limits_init(&cs->set.limits);
    cs->set.limits.body = config->body_max;
    for (size_t i = 0; i < CONN_STATES; i++)
        list_init(&cs->set.states[i]);
    return cs;
}

void conns_destroy(struct conns *cs)
{
    if (cs == NULL)
        return;
    for (size_t i = 0; i < CONN_STATES; i++)
        assert(cs->set.counts[i] == 0);
    mem_free(cs);
}

void conns_accept(struct conns *cs, int fd)
{
    conn_open(&cs->set, fd);
}

void conns_execute(struct conns *cs, const struct edge_action *action)
{
    (void)cs;
    conn_execute(action);
}

void conns_session(struct conns *cs, const struct edge_action *action)
{
    struct exchange_now now = conn_set_now(&cs->set);

    exchange_session(&cs->set.context.exchange, &now, action);
}

bool conns_reap(struct conns *cs)
{
    struct list *broken = &cs->set.states[CONN_BROKEN];
    bool some = !list_empty(broken);

    while (!list_empty(broken))
        conn_close(conn_of(broken->next));
    return some;
}

void conns_sweep(struct conns *cs)
{
    uint64_t now = uv_now(cs->set.loop);

    for (size_t i = 0; i < CONN_STATES; i++) {
        struct list *state = &cs->set.states[i];

        /* What expires leaves the list, or goes to its end with a deadline ahead. */
        while (!list_empty(state) && conn_due(conn_of(state->next), now))
            conn_expire(conn_of(state->next));
    }
}

void conns_drain(struct conns *cs)
{
    struct list *idle = &cs->set.states[CONN_IDLE];

    cs->set.draining = true;
    for (size_t left = cs->set.counts[CONN_IDLE]; left > 0; left--)
        conn_drain_idle(conn_of(idle->next)); /* it goes to the end of the list */
}

size_t conns_end_streams(struct conns *cs, size_t count)
{
    struct list *streams = &cs->set.states[CONN_STREAM];
    size_t done = 0;

    for (; done < count && !list_empty(streams); done++)
        conn_end_stream(conn_of(streams->next));
    return done;
}

void conns_undrain(struct conns *cs)
{
    cs->set.draining = false;
}

void conns_list(struct conns *cs, uint64_t incarnation, const struct clients_query *query,
                struct buf *out, struct clients_walk *walk)
{
    walk_list(&cs->set, incarnation, query, out, walk);
}

void conns_disconnect(struct conns *cs, const struct clients_query *query,
                      struct clients_walk *walk)
{
    walk_end(&cs->set, query, walk);
}

void conns_close_all(struct conns *cs)
{
    for (size_t i = 0; i < CONN_CLOSED; i++) {
        while (!list_empty(&cs->set.states[i]))
            conn_close(conn_of(cs->set.states[i].next));
    }
}

struct conns_counts conns_count(const struct conns *cs)
{
    const size_t *counts = cs->set.counts;
    struct conns_counts out = {.streams = counts[CONN_STREAM]};

    for (size_t i = 0; i < CONN_CLOSED; i++)
        out.open += counts[i];
    out.closing = counts[CONN_CLOSED];
    return out;
}
