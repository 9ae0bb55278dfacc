/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/status.h"

#include "edge/core/counters.h"
#include "edge/core/edge_state.h"
#include "edge/state/delivery.h"
#include "edge/state/stream.h"
#include "edge/state/tail.h"
#include "edge/state/topics.h"

static void fill_counters(const struct edge *e, struct wire_metrics *f)
{
    f->stored = e->outbox.stored;
    f->duplicates = e->outbox.duplicates;
    f->refused = e->outbox.refused;
    f->unknown = e->outbox.unknown;
    f->pending = e->outbox.count;
    f->skipped = e->counters.skipped_private + e->counters.skipped_expired +
                 e->delivery.gather.skipped[SKIP_PRIVATE] +
                 e->delivery.gather.skipped[SKIP_EXPIRED];
    f->gaps =
        e->counters.gaps[GAP_EXPIRED] + e->counters.gaps[GAP_UNKNOWN] + e->counters.gaps[GAP_EPOCH];
    f->resends = e->counters.resends;
    f->resumed = e->counters.resumed_tail + e->counters.resumed_log + e->counters.resumed_unknown;
    f->shed = e->counters.streams_full + e->ephemeral.dropped;
    f->draining = e->draining;
}

static void fill_canary(const struct canary *c, struct wire_metrics *f)
{
    f->canaries = c->round_us.total;
    f->canaries_lost = c->lost;
    f->canary_p50_us = histogram_quantile(&c->round_us, 0.5);
    f->canary_p99_us = histogram_quantile(&c->round_us, 0.99);
}

void status_read(const struct edge *e, struct edge_status *out)
{
    *out = (struct edge_status){.epoch = e->link.epoch,
                                .term = e->link.term,
                                .head = tail_head(&e->tail),
                                .known_head = e->inbox.known_head,
                                .oldest = e->link.oldest,
                                .metrics = e->metrics};
    out->metrics.streams = e->delivery.stream_count;
    out->metrics.head = tail_head(&e->tail);
    out->metrics.tail_first = e->tail.first;
    out->metrics.tail_bytes = e->tail.bytes;
    out->metrics.topics = topics_count(&e->topics);
    fill_counters(e, &out->metrics);
    fill_canary(&e->canary, &out->metrics);
}

void status_counters(const struct edge *e, struct edge_counters *out)
{
    *out = e->counters;
    out->inbox_dropped = e->inbox.dropped;
    out->ephemeral_dropped = e->ephemeral.dropped;
    out->skipped_private += e->delivery.gather.skipped[SKIP_PRIVATE];
    out->skipped_expired += e->delivery.gather.skipped[SKIP_EXPIRED];
}

/* ---- where the streams stand ---- */

static void count_stream(const struct edge *e, const struct stream *s, struct edge_census *out)
{
    uint64_t head = tail_head(&e->tail);
    uint64_t behind = s->cursor < head ? head - s->cursor : 0;
    uint64_t step = 1;
    size_t at = 0;

    /* A live stream that is neither blocked nor ready has everything: its cursor is updated
     * later. */
    if (delivery_idle(s))
        behind = 0;
    while (at < EDGE_CENSUS_STEPS - 1 && behind >= step) {
        at++;
        step *= 10;
    }
    out->behind[at]++;
    if (s->state == STREAM_LIVE && s->blocked)
        out->blocked++;
    else
        out->states[s->state]++;
}

static void count_streams(const struct edge *e, const struct list *streams, struct edge_census *out)
{
    for (struct list *node = streams->next; node != streams; node = node->next)
        count_stream(e, LIST_ENTRY(node, struct stream, wheel), out);
}

/* Each stream is in a slot of the heartbeat wheel, or its heartbeat is due. */
void status_census(const struct edge *e, struct edge_census *out)
{
    *out = (struct edge_census){.blocked = 0};
    for (size_t i = 0; i < DELIVERY_SLOTS; i++)
        count_streams(e, &e->delivery.wheel[i], out);
    count_streams(e, &e->delivery.due, out);
}
