/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/fanout.h"

#include "common/base/mem.h"
#include "edge/core/catchup.h"
#include "edge/core/counters.h"
#include "edge/core/edge.h"
#include "edge/core/edge_state.h"
#include "edge/core/ephemeral_fanout.h"
#include "edge/core/receive.h"
#include "edge/core/session.h"
#include "edge/state/delivery.h"
#include "edge/state/ephemeral.h"
#include "edge/state/link.h"
#include "edge/state/replay.h"
#include "edge/state/sse.h"
#include "edge/state/stream.h"
#include "edge/state/tail.h"

/* ---- opening and closing ---- */

/* Where a stream without a usable id begins: at the head, or `history` records back. */
static void locate(struct edge *e, struct stream *s, uint32_t history)
{
    s->cursor = tail_head(&e->tail);
    if (history == 0) {
        stream_move(s, STREAM_LIVE);
        return;
    }
    /* Limits per topic are applied where the log is read; without them what the tail holds will do. */
    if (e->link.topic_records == 0 && e->link.topic_ms == 0 && receive_warm(e) &&
        stream_cursor_back(s, &e->tail, history, &e->delivery.gather, &s->cursor)) {
        stream_move(s, STREAM_LIVE);
        return;
    }
    s->replay = replay_create(s);
    s->replay->history = history;
}

/* Continues after an id that the client has; false when it names no place in this log. */
static bool resume(struct edge *e, struct stream *s, struct slice id)
{
    struct epoch epoch;
    uint64_t offset;

    if (event_id_parse(id, &epoch, &offset) != OK) {
        e->counters.resumed_unknown++;
        s->notice = NOTICE_UNKNOWN;
        return false;
    }
    if (!epoch_equal(epoch, e->link.epoch)) {
        e->counters.resumed_unknown++;
        s->notice = NOTICE_EPOCH;
        return false;
    }
    s->cursor = s->last_id = offset;
    if (offset + 1 >= e->tail.first && offset <= e->inbox.known_head) {
        e->counters.resumed_tail++;
        stream_move(s, STREAM_LIVE);
        return true;
    }
    e->counters.resumed_log++;
    /* Older than the tail, or beyond what we have heard of (another edge may be ahead of us, or the id is
     * made up): the broker knows. */
    s->replay = replay_create(s);
    stream_move(s, STREAM_REPLAYING);
    return true;
}

/* An id of another log is a gap, but only an edge that hears the broker can say which log is the newer. */
static bool can_judge_epoch(const struct edge *e, struct slice id)
{
    struct epoch epoch;
    uint64_t offset;

    return link_up(&e->link) || event_id_parse(id, &epoch, &offset) != OK ||
           epoch_equal(epoch, e->link.epoch);
}

static bool selector_count_ok(const struct edge *e, const struct subscribe *spec)
{
    return spec->selector_count > 0 && spec->selector_count <= e->config.stream_topics;
}

enum err edge_subscribe(struct edge *e, uint64_t now_ms, const struct subscribe *spec, void *owner,
                        struct stream **out)
{
    struct stream *s;
    enum err err;

    e->now_ms = now_ms;
    e->busy = true;
    if (e->draining) {
        e->counters.streams_draining++;
        return ERR_CLOSED;
    }
    if (!link_joined(&e->link) || !can_judge_epoch(e, spec->last_event_id)) {
        e->counters.streams_no_log++;
        return ERR_UNAVAILABLE;
    }
    if (e->delivery.stream_count >= e->config.streams)
        e->counters.streams_full++;
    if (e->delivery.stream_count >= e->config.streams || !selector_count_ok(e, spec))
        return ERR_TOO_MANY;
    s = mem_try(sizeof *s);
    if (s == NULL)
        return ERR_NO_MEMORY;
    memset(s, 0, sizeof *s);
    s->owner = owner;
    s->blocked = true; /* until the response head is out */
    list_init(&s->link);
    list_init(&s->wheel);
    e->delivery.gather.now_s = e->unix_ms / 1000;
    stream_listen(s, &e->topics, spec->selectors, spec->selector_count);
    s->notice = NOTICE_POSITION;
    s->last_id = STREAM_NO_ID;
    err = session_open(e, s, spec);
    if (err != OK) {
        stream_unlisten(s, &e->topics);
        mem_free(s);
        return err;
    }
    if (spec->last_event_id.size == 0 || !resume(e, s, spec->last_event_id))
        locate(e, s, spec->history);
    delivery_add(&e->delivery, s);
    e->counters.streams_opened++;
    *out = s;
    return OK;
}

void edge_unsubscribe(struct edge *e, struct stream *s)
{
    e->busy = true;
    catchup_end(e, s);
    ephemeral_forget(&e->ephemeral, s);
    session_close(e, s);
    stream_unlisten(s, &e->topics);
    delivery_remove(&e->delivery, s);
    mem_free(s);
}

/* ---- new records ---- */

/* Hands the marked topics' live streams to the ready list: once per batch, whatever its size. */
static void spread_marks(struct edge *e)
{
    struct list *node;

    while ((node = list_shift(&e->delivery.marked)) != NULL) {
        const struct topic *topic = LIST_ENTRY(node, struct topic, marked);

        for (uint32_t i = 0; i < topic->listener_count; i++) {
            struct stream *s = topic->listeners[i].stream;

            if (delivery_idle(s)) {
                delivery_catch_up(&e->delivery, s);
                list_push(&e->delivery.ready, &s->link);
            }
        }
    }
    e->delivery.spread_head = tail_head(&e->tail);
}

/* ---- the log begins anew ---- */

void fanout_close(struct edge *e, struct stream *s)
{
    catchup_end(e, s);
    if (s->state != STREAM_CLOSING)
        stream_move(s, STREAM_CLOSING);
    s->blocked = false; /* closing needs no room in the socket */
    delivery_ready(&e->delivery, s);
}

static void restart_stream(struct edge *e, struct stream *s, enum stream_notice notice)
{
    if (s->state == STREAM_CLOSING || s->state == STREAM_LOCATING)
        return; /* nothing was sent yet: the place is looked for in the new log */
    if (notice == NOTICE_NONE) {
        if (delivery_idle(s))
            delivery_catch_up(&e->delivery, s);
        delivery_ready(&e->delivery, s);
        return;
    }
    if (s->sent >
        0) { /* half an event is out, and its rest is gone: the client comes back by its id */
        fanout_close(e, s);
        return;
    }
    catchup_end(e, s);
    s->cursor = tail_head(&e->tail);
    if (s->last_id == STREAM_NO_ID) {
        s->notice = NOTICE_POSITION;
    } else {
        s->notice = (uint8_t)notice;
        s->last_id = 0; /* of another log */
    }
    if (s->state != STREAM_LIVE)
        stream_move(s, STREAM_LIVE);
    delivery_ready(&e->delivery, s);
}

static void restart_topic(struct edge *e, const struct topic *topic, enum stream_notice notice)
{
    for (uint32_t i = 0; i < topic->listener_count; i++)
        restart_stream(e, topic->listeners[i].stream, notice);
}

void fanout_restart(struct edge *e, enum stream_notice notice)
{
    for (struct topic *t = e->topics.table; t != NULL; t = t->by_name.next)
        restart_topic(e, t, notice);
    for (struct topic *t = e->topics.patterns; t != NULL; t = t->by_name.next)
        restart_topic(e, t, notice);
    restart_topic(e, e->topics.all, notice);
}

/* ---- sending ---- */

static const char *gap_reason(struct edge *e, enum stream_notice notice)
{
    static const char *const texts[GAP_REASONS] = {"expired", "unknown", "epoch"};
    enum gap_reason reason = notice == NOTICE_EXPIRED ? GAP_EXPIRED
                             : notice == NOTICE_EPOCH ? GAP_EPOCH
                                                      : GAP_UNKNOWN;

    e->counters.gaps[reason]++;
    return texts[reason];
}

/* What the stream is to be told before its next record. */
static bool next_notice(struct edge *e, struct stream *s, struct edge_action *out)
{
    enum stream_notice notice = (enum stream_notice)s->notice;

    s->notice = NOTICE_NONE;
    if (notice == NOTICE_NONE || (notice == NOTICE_POSITION && s->last_id == s->cursor))
        return false;
    buf_reset(&e->text);
    if (notice == NOTICE_POSITION)
        sse_position(&e->text, e->link.epoch, s->cursor);
    else
        sse_gap(&e->text, gap_reason(e, notice), e->link.epoch, e->link.oldest, e->inbox.known_head,
                s->cursor);
    s->last_id = s->cursor;
    s->tick = e->delivery.tick;
    out->type = EDGE_TEXT;
    out->text =
        (struct edge_text_action){.stream = s, .owner = s->owner, .text = buf_all(&e->text)};
    return true;
}

static bool next_page_write(struct edge *e, struct stream *s, struct edge_action *out)
{
    struct replay *r = s->replay;

    e->delivery.page_iov.iov_base = r->bytes.data + r->at;
    e->delivery.page_iov.iov_len = r->bytes.size - r->at;
    e->delivery.writing_page = true;
    out->type = EDGE_WRITE;
    out->write = (struct edge_write_action){.stream = s,
                                            .owner = s->owner,
                                            .iov = &e->delivery.page_iov,
                                            .iov_count = 1,
                                            .bytes = e->delivery.page_iov.iov_len};
    return true;
}

static bool next_tail_write(struct edge *e, struct stream *s, struct edge_action *out)
{
    if (s->cursor >= tail_head(&e->tail))
        return false;
    stream_gather(s, &e->tail, &e->delivery.gather);
    if (e->delivery.gather.count == 0) {
        s->cursor = gather_end_cursor(&e->delivery.gather);
        if (s->cursor < e->delivery.gather.head)
            delivery_ready(&e->delivery, s);
        return false;
    }
    e->delivery.writing_page = false;
    out->type = EDGE_WRITE;
    out->write = (struct edge_write_action){.stream = s,
                                            .owner = s->owner,
                                            .iov = e->delivery.gather.iov,
                                            .iov_count = e->delivery.gather.iov_count,
                                            .bytes = e->delivery.gather.bytes};
    return true;
}

/* What a stream does now that its turn has come; false: nothing for the shell. */
static bool next_action(struct edge *e, struct stream *s, struct edge_action *out)
{
    if (s->state == STREAM_CLOSING) {
        out->type = EDGE_CLOSE;
        out->close =
            (struct edge_close_action){.stream = s, .owner = s->owner, .come_back = s->sent == 0};
        return true;
    }
    if (s->state == STREAM_LIVE && s->cursor + 1 < e->tail.first) {
        s->replay = replay_create(s);
        stream_move(s, STREAM_REPLAYING);
    }
    if (s->state == STREAM_REPLAYING && !replay_has_page(s->replay) && s->replay->request == 0 &&
        s->cursor + 1 >= e->tail.first && s->cursor <= e->inbox.known_head) {
        catchup_end(e, s);
        stream_move(s, STREAM_LIVE);
    }
    if (s->state != STREAM_LIVE && (s->replay->request != 0))
        return false;
    if (s->state == STREAM_LOCATING ||
        (s->state == STREAM_REPLAYING && !replay_has_page(s->replay))) {
        catchup_begin(e, s);
        return false;
    }
    if (s->sent == 0 &&
        (session_hello(e, s, out) || (s->notice != NOTICE_NONE && next_notice(e, s, out)))) {
        delivery_ready(&e->delivery, s);
        return true;
    }
    e->delivery.writing = s;
    if (s->state != STREAM_LIVE)
        return next_page_write(e, s, out);
    return next_tail_write(e, s, out) || session_sync(e, s, out);
}

void edge_wrote(struct edge *e, uint64_t now_ms, struct stream *s, size_t bytes)
{
    bool whole;

    e->now_ms = now_ms;
    if (e->delivery.writing != s)
        return;
    e->delivery.writing = NULL;
    s->tick = e->delivery.tick;
    if (e->delivery.writing_page) {
        size_t index = s->replay->index;

        whole = s->replay->at + bytes == s->replay->bytes.size;
        e->metrics.delivered += s->replay->count - index;
        if (replay_advance(s->replay, bytes)) {
            e->delivery.page_count--;
        } else {
            e->metrics.delivered -= s->replay->count - s->replay->index;
            list_remove(&s->replay->held); /* it has made progress: to the end */
            list_push(&e->delivery.held, &s->replay->held);
        }
    } else {
        whole = stream_advance(s, &e->delivery.gather, bytes);
        e->metrics.delivered += gather_count_written(&e->delivery.gather, bytes);
        if (!whole) {
            e->delivery.gather.valid = false;
            gather_unskip(&e->delivery.gather, s->cursor);
        }
    }
    s->blocked = !whole;
    if (whole && (e->delivery.writing_page || !e->delivery.gather.all || s->sync_due))
        delivery_ready(&e->delivery, s);
}

void fanout_prepare_change(struct edge *e, struct stream *s)
{
    if (delivery_idle(s))
        delivery_catch_up(&e->delivery, s);
    if (s->replay != NULL)
        catchup_reset(e, s);
    e->delivery.gather.valid = false;
}

bool fanout_next(struct edge *e, struct edge_action *out)
{
    struct list *node;

    spread_marks(e);
    while ((node = list_shift(&e->delivery.ready)) != NULL) {
        struct stream *s = LIST_ENTRY(node, struct stream, link);

        if (!s->blocked && next_action(e, s, out))
            return true;
    }
    return ephemeral_fanout_next(e, out) || catchup_next(e, out) || session_heartbeat(e, out);
}
