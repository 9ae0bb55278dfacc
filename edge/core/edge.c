/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/edge.h"

#include "common/base/mem.h"
#include "common/topic/selector.h"
#include "edge/core/accept_publish.h"
#include "edge/core/control.h"
#include "edge/core/edge_state.h"
#include "edge/core/fanout.h"
#include "edge/core/receive.h"
#include "edge/core/send.h"
#include "edge/core/session.h"
#include "edge/core/stats_feed.h"
#include "edge/core/status.h"
#include "edge/core/subscribe.h"
#include "edge/core/tail_update.h"

#include <assert.h>

#define TICK_MS 50 /* time between two ticks */

/* Debug builds check the invariants after each event and each action, and that callers pass valid
 * arguments. */
#ifdef BELFRY_CHECKS
#define CHECK(e) edge_state_check_call(e)
#define CHECK_THAT(condition) assert(condition)

static bool is_good_record(const struct record *record)
{
    const char *field;

    return record_check(record, &field) == OK;
}

static bool is_good_selector(struct slice selector)
{
    struct selector parts;

    return selector_parse(selector, &parts) == OK;
}
#else
#define CHECK(e) ((void)(e))
#define CHECK_THAT(condition) ((void)0)
#endif

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
    control_queues_init(&e->control);
    extra_table_init(&e->extras);
    e->selectors = mem_alloc(config->stream_topics * sizeof *e->selectors);
    buf_init(&e->sse, 64u << 20); /* up to 7 bytes for each byte of a record (see replay.c) */
    buf_init(&e->text, 4096);
    CHECK(e);
    return e;
}

/* Frees the streams that listen to the topics of a table. A topic may be freed with its last
 * stream, so each step starts at the beginning. */
static void free_listeners(struct edge *e, struct topic **table)
{
    for (struct topic *t = *table; t != NULL;) {
        if (t->listener_count == 0) {
            t = t->by_name.next;
            continue;
        }
        subscribe_close(e, t->listeners[0].stream);
        t = *table;
    }
}

static void free_streams(struct edge *e)
{
    while (e->topics.all->listener_count > 0)
        subscribe_close(e, e->topics.all->listeners[0].stream);
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
    control_queues_clear(&e->control);
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

/* Begins an event of the core: sets the time, and makes edge_next() look at everything. */
static void begin(struct edge *e, uint64_t now_ms)
{
    CHECK_THAT(now_ms >= e->now_ms);
    e->now_ms = now_ms;
    e->busy = true;
}

/* ---- frames, and time ---- */

void edge_received(struct edge *e, uint64_t now_ms, const struct wire_frame *frame)
{
    begin(e, now_ms);
    receive_frame(e, frame);
    CHECK(e);
}

bool edge_malformed(struct edge *e, enum err err)
{
    bool reported = e->malformed_reported;

    (void)err;
    e->metrics.malformed++;
    e->malformed_reported = true;
    CHECK(e);
    return !reported;
}

void edge_set_unix(struct edge *e, uint64_t unix_ms)
{
    e->unix_ms = unix_ms;
    e->delivery.gather.now_s = unix_ms / 1000;
    e->delivery.gather.valid = false; /* gathered records may have expired */
    CHECK(e);
}

void edge_set_micros(struct edge *e, uint64_t now_us)
{
    e->now_us = now_us;
}

static const char *not_ready(const struct edge *e)
{
    if (e->draining)
        return "draining";
    if (!link_joined(&e->link))
        return "the broker has not answered yet";
    if (e->link.silent)
        return "the broker is silent";
    if (e->link.state == LINK_JOINED)
        return "no broadcast from the broker yet";
    if (e->link.state == LINK_HEARD)
        return "no publish has reached the broker yet";
    if (!tail_update_warm(e))
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

    begin(e, now_ms);
    e->ticked_ms = now_ms;
    receive_tick(e);
    delivery_tick(&e->delivery, now_ms);
    control_tick(e);
    session_tick(e);
    stats_feed_tick(e);
    ready = not_ready(e) == NULL;
    if (ready && !e->was_ready)
        edge_add_report(e, EDGE_REPORT_READY, OK, tail_head(&e->tail), epoch_slice(&e->link.epoch));
    e->was_ready = ready;
    CHECK(e);
}

uint64_t edge_deadline(const struct edge *e)
{
    return e->ticked_ms + TICK_MS; /* other events must not postpone it */
}

void edge_drain(struct edge *e)
{
    e->draining = true;
    CHECK(e);
}

void edge_undrain(struct edge *e)
{
    e->draining = false;
    CHECK(e);
}

/* ---- publishes ---- */

enum err edge_publish(struct edge *e, uint64_t now_ms, const struct record *record, void *request)
{
    enum err err;

    CHECK_THAT(is_good_record(record));
    begin(e, now_ms);
    err = accept_publish(e, record, request);
    CHECK(e);
    return err;
}

enum err edge_publish_group(struct edge *e, uint64_t now_ms, const struct record *records,
                            size_t count, void *const *requests)
{
    enum err err;

    for (size_t i = 0; i < count && count <= EDGE_GROUP_MAX; i++)
        CHECK_THAT(is_good_record(&records[i]));
    begin(e, now_ms);
    err = accept_publish_group(e, records, count, requests);
    CHECK(e);
    return err;
}

void edge_forget(struct edge *e, const void *request)
{
    outbox_forget(&e->outbox, request);
    queries_forget(&e->control.queries, request);
    CHECK(e);
}

/* ---- streams ---- */

enum err edge_subscribe(struct edge *e, uint64_t now_ms, const struct subscribe *spec, void *owner,
                        struct stream **out)
{
    enum err err;

    for (size_t i = 0; i < spec->selector_count; i++)
        CHECK_THAT(is_good_selector(spec->selectors[i]));
    begin(e, now_ms);
    err = subscribe_open(e, spec, owner, out);
    CHECK(e);
    return err;
}

void edge_unsubscribe(struct edge *e, struct stream *s)
{
    e->busy = true;
    subscribe_close(e, s);
    CHECK(e);
}

void edge_wrote(struct edge *e, uint64_t now_ms, struct stream *s, size_t bytes)
{
    CHECK_THAT(now_ms >= e->now_ms);
    e->now_ms = now_ms;
    fanout_wrote(e, s, bytes);
    CHECK(e);
}

void edge_writable(struct edge *e, struct stream *s)
{
    s->blocked = false;
    delivery_ready(&e->delivery, s);
    CHECK(e);
}

void edge_blocked(struct edge *e, struct stream *s)
{
    s->blocked = true;
    CHECK(e);
}

/* ---- sessions ---- */

void edge_draw_member(struct edge *e, char out[SUBSCRIBER_UUID_TEXT_SIZE])
{
    session_draw_member(e, out);
}

enum err edge_session_local(const struct edge *e, struct slice session, bool *out_local)
{
    return session_local(e, session, out_local);
}

enum err edge_session_grants(const struct edge *e, struct slice session, struct grants **out)
{
    return session_grants(e, session, out);
}

enum err edge_session_change(struct edge *e, uint64_t now_ms, struct slice session,
                             const struct session_change *change)
{
    enum err err;

    begin(e, now_ms);
    err = session_change(e, session, change);
    CHECK(e);
    return err;
}

/* ---- queries and commands ---- */

enum err edge_query(struct edge *e, uint64_t now_ms, struct slice command,
                    const struct slice *arguments, size_t count, void *request)
{
    enum err err;

    begin(e, now_ms);
    err = control_query(e, command, arguments, count, request);
    CHECK(e);
    return err;
}

enum err edge_history(struct edge *e, uint64_t now_ms, const struct history *spec, void *request)
{
    enum err err;

    begin(e, now_ms);
    err = control_history(e, spec, request);
    CHECK(e);
    return err;
}

bool edge_may_show(const struct edge *e, const struct record *record, uint64_t time_ms,
                   const struct grants *grants, bool open)
{
    return control_may_show(e, record, time_ms, grants, open);
}

void edge_command_reply(struct edge *e, uint64_t request, enum err code, struct slice text)
{
    e->busy = true;
    control_command_reply(e, request, code, text);
    CHECK(e);
}

void edge_stats_topic(const struct edge *e, char out[EDGE_STATS_TOPIC_SIZE])
{
    stats_feed_topic(e, out);
}

/* ---- state and counters ---- */

struct epoch edge_epoch(const struct edge *e)
{
    return e->link.epoch;
}

void edge_status(const struct edge *e, struct edge_status *out)
{
    status_read(e, out);
}

void edge_counters(const struct edge *e, struct edge_counters *out)
{
    status_counters(e, out);
}

void edge_census(const struct edge *e, struct edge_census *out)
{
    status_census(e, out);
}

void edge_count_connections(struct edge *e, uint64_t connections)
{
    e->metrics.connections = connections;
}

/* ---- actions ---- */

/* Returns the next frame for the broker, answer to a query, or command. Only events of the core
 * make these, so edge_next() does not look for them between two deliveries or two outcomes. */
static bool next_after_event(struct edge *e, struct edge_action *out)
{
    return send_next(e, out) || control_next_answer(e, out) || control_next_frame(e, out);
}

static bool next_action(struct edge *e, struct edge_action *out)
{
    mem_free(e->given_publish);
    e->given_publish = NULL;
    if (e->busy && next_after_event(e, out))
        return true;
    e->busy = false;
    if (!list_empty(&e->outbox.done) && accept_publish_next_outcome(e, out))
        return true;
    if (fanout_next(e, out))
        return true;
    out->type = EDGE_LOG;
    return edge_next_report(e, &out->log.report);
}

bool edge_next(struct edge *e, struct edge_action *out)
{
    bool found;

    CHECK_THAT(e->delivery.writing == NULL); /* edge_wrote() has reported the last write */
    found = next_action(e, out);

    CHECK(e);
    return found;
}

void edge_check(const struct edge *e)
{
    edge_state_check(e);
}
