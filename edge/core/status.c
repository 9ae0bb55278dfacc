/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/status.h"

#include "edge/core/counters.h"
#include "edge/core/edge.h"
#include "edge/core/edge_state.h"
#include "edge/state/canary.h"
#include "edge/state/delivery.h"
#include "edge/state/link.h"
#include "edge/state/stream.h"
#include "edge/state/tail.h"
#include "edge/state/topics.h"

/* What the edge says of itself: to the broker each second, to its shell, to those who scrape it. */

void edge_set_micros(struct edge *e, uint64_t now_us)
{
    e->now_us = now_us;
}

uint64_t status_now_us(const struct edge *e)
{
    return e->now_us != 0 ? e->now_us : e->now_ms * 1000;
}

void edge_count_connections(struct edge *e, uint64_t connections)
{
    e->metrics.connections = connections;
}

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

void edge_status(const struct edge *e, struct edge_status *out)
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

void edge_counters(const struct edge *e, struct edge_counters *out)
{
    *out = e->counters;
    out->inbox_dropped = e->inbox.dropped;
    out->ephemeral_dropped = e->ephemeral.dropped;
    out->skipped_private += e->delivery.gather.skipped[SKIP_PRIVATE];
    out->skipped_expired += e->delivery.gather.skipped[SKIP_EXPIRED];
}

bool status_next_ping(struct edge *e, struct edge_action *out)
{
    struct edge_status status;

    if (!e->link.want_ping)
        return false;
    e->link.want_ping = false;
    e->metrics.pings++;
    edge_status(e, &status);
    out->send.frame.type = WIRE_PING;
    out->send.frame.ping.incarnation = e->config.incarnation;
    out->send.frame.ping.metrics = status.metrics;
    return true;
}

/* ---- the canary ---- */

bool status_next_canary(struct edge *e, struct edge_action *out)
{
    static const struct slice topic = SLICE_INIT(CANARY_TOPIC);
    struct record record = {.flags = RECORD_EPHEMERAL,
                            .origin = e->config.incarnation,
                            .topic_count = 1,
                            .topics = &topic,
                            .data = SLICE("")};

    if (!link_joined(&e->link) || e->link.silent ||
        !canary_send(&e->canary, e->now_ms, status_now_us(e), e->link.edges))
        return false;
    record.seq = e->canary.number;
    buf_reset(&e->text);
    wire_encode_body(&e->text, &record);
    if (!buf_ok(&e->text))
        return false; /* it counts as lost */
    e->canary_body = buf_all(&e->text);
    memset(&out->send.frame, 0, sizeof out->send.frame);
    out->type = EDGE_SEND;
    out->send.socket = EDGE_SOCKET_PUBLISH;
    out->send.frame.type = WIRE_EPHEMERAL;
    out->send.frame.ephemeral = (struct wire_ephemeral){.epoch = e->link.epoch,
                                                        .incarnation = e->config.incarnation,
                                                        .bodies = &e->canary_body,
                                                        .count = 1};
    return true;
}

bool status_take_canary(struct edge *e, const struct record *record)
{
    if (record->topic_count != 1 || !canary_is_topic(record->topics[0]))
        return false;
    if (record->origin == e->config.incarnation)
        canary_returned(&e->canary, record->seq, status_now_us(e));
    return true;
}

/* ---- where the streams stand ---- */

static void count_stream(const struct edge *e, const struct stream *s, struct edge_census *out)
{
    uint64_t head = tail_head(&e->tail);
    uint64_t behind = s->cursor < head ? head - s->cursor : 0;
    uint64_t step = 1;
    size_t at = 0;

    /* A live stream that is neither blocked nor ready has it all: its cursor is brought up to date later. */
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

/* Each stream is in a slot of the heartbeat's wheel, or its heartbeat is due. */
void edge_census(const struct edge *e, struct edge_census *out)
{
    *out = (struct edge_census){.blocked = 0};
    for (size_t i = 0; i < DELIVERY_SLOTS; i++)
        count_streams(e, &e->delivery.wheel[i], out);
    count_streams(e, &e->delivery.due, out);
}
