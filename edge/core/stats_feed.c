/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/stats_feed.h"

#include "edge/core/control.h"
#include "edge/core/edge_state.h"
#include "edge/core/ephemeral_fanout.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

/* While at least one stream wants the statistics, the edge asks the broker once a second, and
 * sends the answer to all of them. */

#define PERIOD_MS 1000
#define UNAVAILABLE "{\"detail\":\"the broker does not answer\"}"

void stats_feed_topic(const struct edge *e, char out[EDGE_STATS_TOPIC_SIZE])
{
    (void)snprintf(out, EDGE_STATS_TOPIC_SIZE, "belfry.admin/%016" PRIx64,
                   hash_bytes(&e->config.hash_key, SLICE("belfry.admin")));
}

void stats_feed_open(struct edge *e)
{
    /* The first stream does not wait for the next period. */
    if (e->stats_feed.streams++ == 0)
        e->stats_feed.next_ms = e->now_ms;
}

void stats_feed_close(struct edge *e)
{
    assert(e->stats_feed.streams > 0);
    e->stats_feed.streams--;
}

static void send(struct edge *e, struct slice type, struct slice data)
{
    char topic[EDGE_STATS_TOPIC_SIZE];

    if (e->stats_feed.streams == 0)
        return;
    stats_feed_topic(e, topic);
    ephemeral_fanout_event(e, slice_str(topic), type, data);
}

void stats_feed_collect(struct edge *e)
{
    struct query *query;

    if (!e->stats_feed.waiting)
        return;
    query = queries_take_done(&e->control.queries, &e->stats_feed);
    if (query == NULL)
        return;
    e->stats_feed.waiting = false;
    if (query->code == OK)
        send(e, SLICE("belfry.stats"), buf_all(&query->answer));
    else
        send(e, SLICE("belfry.unavailable"), SLICE(UNAVAILABLE));
    queries_free(&e->control.queries, query);
}

void stats_feed_tick(struct edge *e)
{
    stats_feed_collect(e);
    if (e->stats_feed.streams == 0 || e->now_ms < e->stats_feed.next_ms)
        return;
    e->stats_feed.next_ms += PERIOD_MS;
    if (e->stats_feed.next_ms <= e->now_ms)
        e->stats_feed.next_ms = e->now_ms + PERIOD_MS;
    if (e->stats_feed.waiting)
        return;
    e->stats_feed.waiting = control_query(e, SLICE("stats"), NULL, 0, &e->stats_feed) == OK;
    if (!e->stats_feed.waiting)
        send(e, SLICE("belfry.unavailable"), SLICE(UNAVAILABLE));
}
