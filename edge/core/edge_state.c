/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/edge_state.h"

#include "edge/state/replay.h"

#include <assert.h>
#include <string.h>

#define CHECKS_PER_CALL 64 /* average number of items examined per call */

void edge_add_report(struct edge *e, enum edge_report_type type, enum err code, uint64_t number,
                     struct slice text)
{
    struct edge_report *report;

    if (e->report_count == EDGE_REPORTS_MAX)
        return;
    report = &e->reports[(e->report_first + e->report_count++) % EDGE_REPORTS_MAX];
    *report = (struct edge_report){.type = type, .code = code, .number = number};
    if (text.size >= sizeof report->text)
        text.size = sizeof report->text - 1;
    if (text.size > 0)
        memcpy(report->text, text.data, text.size);
}

bool edge_next_report(struct edge *e, struct edge_report *out)
{
    if (e->report_count == 0)
        return false;
    *out = e->reports[e->report_first];
    e->report_first = (e->report_first + 1) % EDGE_REPORTS_MAX;
    e->report_count--;
    return true;
}

/* ---- invariants ---- */

static void check_stream(const struct edge *e, const struct stream *s)
{
    /* The cursor may be beyond the head, when another edge has served the client: the stream then
     * waits. */
    assert(s->state != STREAM_LIVE || s->replay == NULL);
    assert(s->replay == NULL || s->replay->stream == s);
    assert(s->state == STREAM_LIVE || s->state == STREAM_CLOSING || s->replay != NULL);
    assert(s->last_id == STREAM_NO_ID || s->last_id <= s->cursor || s->sent > 0 ||
           s->state != STREAM_LIVE || s->notice != NOTICE_NONE);
    assert(s->subscription_count > 0);
    (void)e;
}

struct extra_counts {
    uint32_t watches[WATCHES];
    uint32_t presence;
    uint32_t stats;
};

static void count_extras(const struct list *streams, struct extra_counts *out)
{
    for (struct list *node = streams->next; node != streams; node = node->next) {
        const struct stream_extra *x = LIST_ENTRY(node, struct stream, wheel)->extra;

        if (x == NULL)
            continue;
        out->watches[x->watch]++;
        out->presence += x->presence;
        out->stats += x->stats;
    }
}

/* Asserts that the counts of what streams want are right. */
static void check_extras(const struct edge *e)
{
    struct extra_counts counts = {.presence = 0};

    for (size_t i = 0; i < DELIVERY_SLOTS; i++)
        count_extras(&e->delivery.wheel[i], &counts);
    count_extras(&e->delivery.due, &counts);
    for (size_t i = 0; i < WATCHES; i++)
        assert(counts.watches[i] == e->extras.watches[i]);
    assert(counts.presence == e->extras.presence);
    assert(counts.stats == e->stats_feed.streams);
}

static void check_topic(const struct edge *e, const struct topic *t)
{
    for (uint32_t i = 0; i < t->listener_count; i++) {
        struct stream *s = t->listeners[i].stream;

        assert(stream_subscriptions(s)[t->listeners[i].slot].topic == t);
        assert(stream_subscriptions(s)[t->listeners[i].slot].index == i);
        check_stream(e, s);
    }
    assert(t->count == 0 || topic_offset(t, t->count - 1) <= tail_head(&e->tail));
}

void edge_state_check(const struct edge *e)
{
    for (const struct topic *t = e->topics.table; t != NULL; t = t->by_name.next) {
        assert(t->count > 0 || t->listener_count > 0);
        assert(t->count == 0 || topic_offset(t, 0) >= e->tail.first);
        check_topic(e, t);
    }
    for (const struct topic *t = e->topics.patterns; t != NULL; t = t->by_name.next) {
        assert(t->listener_count > 0);
        check_topic(e, t);
    }
    check_topic(e, e->topics.all);
    link_check(&e->link);
    delivery_check(&e->delivery);
    ephemeral_check(&e->ephemeral);
    extra_table_check(&e->extras);
    check_extras(e);
    control_queues_check(&e->control);
    assert(e->delivery.page_count <= e->config.replay_pages);
    inbox_check(&e->inbox);
    presence_check(&e->presence);
    tail_check(&e->tail);
    assert(tail_head(&e->tail) <= e->inbox.known_head || !link_joined(&e->link));
    assert(tail_head(&e->tail) + e->metrics.joined_records ==
           e->metrics.joined_head + e->metrics.received + e->metrics.fetched + e->metrics.lost);
    outbox_check(&e->outbox);
}

void edge_state_check_call(struct edge *e)
{
    uint64_t size = e->delivery.stream_count + topics_count(&e->topics) + e->outbox.count +
                    e->control.queries.count + e->ephemeral.count;

    if (++e->unchecked_calls * CHECKS_PER_CALL < size)
        return;
    e->unchecked_calls = 0;
    edge_state_check(e);
}
