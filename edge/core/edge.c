/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/edge.h"

#include "common/base/mem.h"
#include "common/token/grants.h"
#include "edge/core/control.h"
#include "edge/core/edge_state.h"
#include "edge/core/fanout.h"
#include "edge/core/receive.h"
#include "edge/core/session.h"
#include "edge/core/stats_feed.h"
#include "edge/core/status.h"
#include "edge/state/canary.h"
#include "edge/state/commands.h"
#include "edge/state/delivery.h"
#include "edge/state/ephemeral.h"
#include "edge/state/inbox.h"
#include "edge/state/link.h"
#include "edge/state/outbox.h"
#include "edge/state/presence.h"
#include "edge/state/queries.h"
#include "edge/state/replay.h"
#include "edge/state/stream.h"
#include "edge/state/stream_extra.h"
#include "edge/state/tail.h"
#include "edge/state/topics.h"

#include <assert.h>
#include <stdio.h>

#define TICK_MS 50 /* the core looks at its deadlines that often */

void edge_config_init(struct edge_config *config)
{
    *config = (struct edge_config){.name = "edge",
                                   .address = "",
                                   .software = "belfry/" BELFRY_VERSION,
                                   .tail_bytes = 64u << 20,
                                   .warm_records = 10000,
                                   .hole_bytes = 16u << 20,
                                   .heartbeat_ms = 15000,
                                   .deadline_ms = 5000,
                                   .pending_bytes = 64u << 20,
                                   .pending_count = 65536,
                                   .streams = 1000000,
                                   .stream_topics = 100,
                                   .replay_pages = 128,
                                   .replay_bytes = 256u << 10,
                                   .record_bytes = 1u << 20,
                                   .resend_ms = 300};
}

struct edge *edge_create(const struct edge_config *config, uint64_t now_ms)
{
    struct edge *e = mem_alloc(sizeof *e);
    struct outbox_config outbox = {.incarnation = config->incarnation,
                                   .bytes = config->pending_bytes,
                                   .count = config->pending_count,
                                   .deadline_ms = config->deadline_ms,
                                   .resend_ms = config->resend_ms};

    e->config = *config;
    e->now_ms = now_ms;
    e->busy = true;
    e->decoder = wire_decoder_create();
    e->ticked_ms = now_ms;
    link_init(&e->link, now_ms);
    tail_init(&e->tail, config->tail_bytes, 0);
    topics_init(&e->topics, &config->hash_key);
    inbox_init(&e->inbox, config->hole_bytes);
    outbox_init(&e->outbox, &outbox);
    canary_init(&e->canary, config->canary_ms, now_ms);
    presence_init(&e->presence, &config->hash_key);
    delivery_init(&e->delivery, config->heartbeat_ms, config->stream_topics, now_ms);
    ephemeral_init(&e->ephemeral);
    queries_init(&e->queries);
    commands_init(&e->commands);
    extra_table_init(&e->extras);
    e->selectors = mem_alloc(config->stream_topics * sizeof *e->selectors);
    buf_init(&e->sse, 64u << 20); /* a record of record_bytes, each byte a line of 7 */
    buf_init(&e->text, 4096);
    return e;
}

/* Frees the streams that listen to one of a table's topics; the topic may be gone with its last one. */
static void free_listeners(struct edge *e, struct topic **table)
{
    for (struct topic *t = *table; t != NULL;) {
        if (t->listener_count == 0) {
            t = t->by_name.next;
            continue;
        }
        edge_unsubscribe(e, t->listeners[0].stream);
        t = *table;
    }
}

static void free_streams(struct edge *e)
{
    while (e->topics.all->listener_count > 0)
        edge_unsubscribe(e, e->topics.all->listeners[0].stream);
    free_listeners(e, &e->topics.table);
    free_listeners(e, &e->topics.patterns);
}

void edge_destroy(struct edge *e)
{
    if (e == NULL)
        return;
    free_streams(e);
    link_clear(&e->link);
    tail_clear(&e->tail);
    topics_clear(&e->topics);
    inbox_reset(&e->inbox, 0);
    outbox_clear(&e->outbox);
    presence_clear(&e->presence);
    queries_clear(&e->queries);
    commands_clear(&e->commands);
    extra_table_clear(&e->extras);
    ephemeral_clear(&e->ephemeral);
    mem_free(e->given_publish);
    delivery_clear(&e->delivery);
    mem_free(e->selectors);
    buf_clear(&e->sse);
    buf_clear(&e->text);
    wire_decoder_destroy(e->decoder);
    mem_free(e);
}

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

bool edge_malformed(struct edge *e, enum err err)
{
    bool reported = e->malformed_reported;

    (void)err;
    e->metrics.malformed++;
    e->malformed_reported = true;
    return !reported;
}

/* ---- publishes ---- */

/* An id that is a place in this very log would name two records. */
static bool names_own_log(const struct edge *e, struct slice id)
{
    struct epoch epoch;
    uint64_t offset;

    return event_id_parse(id, &epoch, &offset) == OK && epoch_equal(epoch, e->link.epoch);
}

static enum err count_publishes(struct edge *e, enum err err, size_t count)
{
    if (err == OK)
        e->metrics.published += count;
    else if (err == ERR_TOO_LARGE)
        e->counters.records_too_large += count;
    else if (link_joined(&e->link))
        e->counters.publishes_full += count;
    else
        e->counters.publishes_no_log += count;
    return err;
}

enum err edge_publish(struct edge *e, uint64_t now_ms, const struct record *record, void *request)
{
    enum err err;

    e->now_ms = now_ms;
    e->busy = true;
    e->outbox.now_us = status_now_us(e);
    if (!link_joined(&e->link))
        return count_publishes(e, ERR_UNAVAILABLE, 1);
    if (names_own_log(e, record->id))
        return ERR_INVALID;
    if (record->flags & RECORD_EPHEMERAL)
        err = outbox_add_ephemeral(&e->outbox, record, request, e->config.record_bytes);
    else
        err = outbox_add(&e->outbox, now_ms, record, request, e->config.record_bytes);
    if (err == OK && record->flags & RECORD_EPHEMERAL)
        e->metrics.ephemeral++;
    return count_publishes(e, err, 1);
}

enum err edge_publish_group(struct edge *e, uint64_t now_ms, const struct record *records,
                            size_t count, void *const *requests)
{
    enum err err;

    e->now_ms = now_ms;
    e->busy = true;
    e->outbox.now_us = status_now_us(e);
    if (!link_joined(&e->link))
        return count_publishes(e, ERR_UNAVAILABLE, count);
    if (count > EDGE_GROUP_MAX)
        return count_publishes(e, ERR_TOO_LARGE, count);
    for (size_t i = 0; i < count; i++) {
        if (names_own_log(e, records[i].id))
            return ERR_INVALID;
    }
    err = outbox_add_group(&e->outbox, now_ms, records, count, requests, e->config.record_bytes);
    return count_publishes(e, err, count);
}

void edge_forget(struct edge *e, const void *request)
{
    outbox_forget(&e->outbox, request);
    queries_forget(&e->queries, request);
}

void edge_set_unix(struct edge *e, uint64_t unix_ms)
{
    e->unix_ms = unix_ms;
    e->delivery.gather.now_s = unix_ms / 1000;
    e->delivery.gather.valid = false; /* what it gathered may have expired */
}

bool edge_may_show(const struct edge *e, const struct record *record, uint64_t time_ms,
                   const struct grants *grants, bool open)
{
    if (record_expired(time_ms, record->ttl_ms, e->unix_ms / 1000))
        return false;
    if (!(record->flags & RECORD_PRIVATE) || open)
        return true;
    for (size_t i = 0; grants != NULL && i < record->topic_count; i++) {
        if (grants_subscribe(grants, record->topics[i]))
            return true;
    }
    return false;
}

/* ---- streams' sockets ---- */

void edge_writable(struct edge *e, struct stream *s)
{
    s->blocked = false;
    delivery_ready(&e->delivery, s);
}

void edge_blocked(struct edge *e, struct stream *s)
{
    (void)e;
    s->blocked = true;
}

/* ---- time and state ---- */

static const char *not_ready(const struct edge *e)
{
    if (e->draining)
        return "draining";
    if (!link_joined(&e->link))
        return "the broker has not answered yet";
    if (e->link.silent)
        return "the broker is silent";
    if (e->link.state == LINK_JOINED)
        return "no beacon of the broker's log yet";
    if (e->link.state == LINK_HEARD)
        return "the way to the broker is not proven yet";
    if (!receive_warm(e))
        return "the newest records are being fetched";
    return NULL;
}

bool edge_ready(const struct edge *e, const char **out_why)
{
    const char *why = not_ready(e);

    if (why != NULL)
        *out_why = why;
    return why == NULL;
}

void edge_tick(struct edge *e, uint64_t now_ms)
{
    bool ready;

    e->now_ms = now_ms;
    e->ticked_ms = now_ms;
    e->busy = true;
    receive_tick(e);
    delivery_tick(&e->delivery, now_ms);
    control_tick(e);
    session_tick(e);
    stats_feed_tick(e);
    ready = not_ready(e) == NULL;
    if (ready && !e->was_ready)
        edge_add_report(e, EDGE_REPORT_READY, OK, tail_head(&e->tail), epoch_slice(&e->link.epoch));
    e->was_ready = ready;
}

uint64_t edge_deadline(const struct edge *e)
{
    return e->ticked_ms + TICK_MS; /* other events must not put it off */
}

void edge_drain(struct edge *e)
{
    e->draining = true;
}

void edge_undrain(struct edge *e)
{
    e->draining = false;
}

/* ---- actions ---- */

static bool next_published(struct edge *e, struct edge_action *out)
{
    struct pending *p;

    while ((p = outbox_done(&e->outbox)) != NULL) {
        if (p->seq != 0) /* an ephemeral one has no outcome to wait for */
            histogram_add(&e->counters.publish_us, status_now_us(e) - p->taken_us);
        if (p->request == NULL) {
            mem_free(p);
            continue;
        }
        e->given_publish = p;
        out->type = EDGE_PUBLISHED;
        out->published = (struct edge_published_action){.request = p->request,
                                                        .result = p->result,
                                                        .offset = p->offset,
                                                        .epoch = e->link.epoch};
        return true;
    }
    return false;
}

/* Frames for the broker, and answers to questions. Only events make such work, so it is not looked for between two
 * deliveries, nor between the outcomes of two publishes. */
static bool next_for_broker(struct edge *e, struct edge_action *out)
{
    return receive_next(e, out) || control_next_answer(e, out) || control_next_frame(e, out);
}

bool edge_next(struct edge *e, struct edge_action *out)
{
    mem_free(e->given_publish);
    e->given_publish = NULL;
    if (e->busy && next_for_broker(e, out))
        return true;
    e->busy = false;
    if (!list_empty(&e->outbox.done) && next_published(e, out))
        return true;
    if (fanout_next(e, out))
        return true;
    if (e->report_count == 0)
        return false;
    out->type = EDGE_LOG;
    out->log.report = e->reports[e->report_first];
    e->report_first = (e->report_first + 1) % EDGE_REPORTS_MAX;
    e->report_count--;
    return true;
}

/* ---- invariants ---- */

static void check_stream(const struct edge *e, const struct stream *s)
{
    /* A cursor beyond the head belongs to a client that another edge has served: it only waits. */
    assert(s->state != STREAM_LIVE || s->replay == NULL);
    assert(s->replay == NULL || s->replay->stream == s);
    assert(s->state == STREAM_LIVE || s->state == STREAM_CLOSING || s->replay != NULL);
    assert(s->last_id == STREAM_NO_ID || s->last_id <= s->cursor || s->sent > 0 ||
           s->state != STREAM_LIVE);
    assert(s->subscription_count > 0);
    (void)e;
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

void edge_check(const struct edge *e)
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
    queries_check(&e->queries);
    commands_check(&e->commands);
    assert(e->delivery.page_count <= e->config.replay_pages);
    assert(e->inbox.bytes <= e->inbox.limit);
    assert(tail_head(&e->tail) <= e->inbox.known_head || !link_joined(&e->link));
    assert(tail_head(&e->tail) + e->metrics.joined_records ==
           e->metrics.joined_head + e->metrics.received + e->metrics.fetched + e->metrics.lost);
    outbox_check(&e->outbox);
}
