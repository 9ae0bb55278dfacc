/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/onlookers.h"

#include "edge/core/announce.h"
#include "edge/core/edge.h"
#include "edge/core/edge_state.h"

#include <inttypes.h>
#include <stdio.h>

/* What operators look at: streams that are told once a second what the broker knows. While there is one the edge asks,
 * and what comes goes to all of them; while there is none nothing is asked. */

#define PERIOD_MS 1000
#define UNAVAILABLE "{\"detail\":\"the broker does not answer\"}"

void edge_admin_topic(const struct edge *e, char out[EDGE_ADMIN_TOPIC_SIZE])
{
    (void)snprintf(out, EDGE_ADMIN_TOPIC_SIZE, "belfry.admin/%016" PRIx64,
                   hash_bytes(&e->config.hash_key, SLICE("belfry.admin")));
}

void admin_opened(struct edge *e)
{
    /* The first one need not wait for its figures. */
    if (e->admin.streams++ == 0)
        e->admin.next_ms = e->now_ms;
}

void admin_closed(struct edge *e)
{
    e->admin.streams--;
}

static void tell(struct edge *e, struct slice type, struct slice data)
{
    char topic[EDGE_ADMIN_TOPIC_SIZE];

    if (e->admin.streams == 0)
        return;
    edge_admin_topic(e, topic);
    announce_event(e, slice_str(topic), type, data);
}

void admin_tick(struct edge *e)
{
    if (e->admin.streams == 0 || e->now_ms < e->admin.next_ms)
        return;
    e->admin.next_ms += PERIOD_MS;
    if (e->admin.next_ms <= e->now_ms)
        e->admin.next_ms = e->now_ms + PERIOD_MS;
    if (e->admin.asked)
        return;
    e->admin.asked = edge_ask(e, e->now_ms, SLICE("stats"), NULL, 0, &e->admin) == OK;
    if (!e->admin.asked)
        tell(e, SLICE("belfry.unavailable"), SLICE(UNAVAILABLE));
}

bool admin_answered(struct edge *e, const void *request, enum err code, struct slice answer)
{
    if (request != &e->admin)
        return false;
    e->admin.asked = false;
    if (code == OK)
        tell(e, SLICE("belfry.stats"), answer);
    else
        tell(e, SLICE("belfry.unavailable"), SLICE(UNAVAILABLE));
    return true;
}
