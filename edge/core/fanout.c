/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/fanout.h"

#include "edge/core/catchup.h"
#include "edge/core/edge_state.h"
#include "edge/core/ephemeral_fanout.h"
#include "edge/core/session.h"
#include "edge/core/transition.h"
#include "edge/state/delivery.h"
#include "edge/state/link.h"
#include "edge/state/replay.h"
#include "edge/state/sse.h"
#include "edge/state/stream.h"
#include "edge/state/tail.h"

/* ---- new records ---- */

/* Puts the idle live streams of the marked topics into the ready list. A stream gets there once,
 * however many records have arrived. */
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

/* Returns the notice that the stream gets before its next record: its position, or a gap event.
 * Returns false if there is none. */
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
    e->delivery.writing = s;
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
    e->delivery.writing = s;
    e->delivery.writing_page = false;
    out->type = EDGE_WRITE;
    out->write = (struct edge_write_action){.stream = s,
                                            .owner = s->owner,
                                            .iov = e->delivery.gather.iov,
                                            .iov_count = e->delivery.gather.iov_count,
                                            .bytes = e->delivery.gather.bytes};
    return true;
}

/* Returns what a stream sends now that its turn has come. Returns false if there is nothing for
 * the shell to do. */
static bool next_action(struct edge *e, struct stream *s, struct edge_action *out)
{
    if (s->state == STREAM_CLOSING) {
        out->type = EDGE_CLOSE;
        out->close =
            (struct edge_close_action){.stream = s, .owner = s->owner, .come_back = s->sent == 0};
        return true;
    }
    /* The tail no longer has the stream's next record. */
    if (s->state == STREAM_LIVE && s->cursor + 1 < e->tail.first) {
        transition_replay(s);
    }
    /* No page is left to write, and the tail has what follows the cursor. */
    if (s->state == STREAM_REPLAYING && !replay_has_page(s->replay) && s->replay->request == 0 &&
        s->cursor + 1 >= e->tail.first && s->cursor <= e->inbox.known_head) {
        transition_leave_replay(e, s);
        stream_move(s, STREAM_LIVE);
    }
    if (s->state != STREAM_LIVE && (s->replay->request != 0))
        return false;
    if (s->state == STREAM_LOCATING ||
        (s->state == STREAM_REPLAYING && !replay_has_page(s->replay))) {
        transition_wait(e, s);
        return false;
    }
    /* belfry.hello and notices are sent between records, never inside one. */
    if (s->sent == 0 &&
        (session_hello(e, s, out) || (s->notice != NOTICE_NONE && next_notice(e, s, out)))) {
        delivery_ready(&e->delivery, s);
        return true;
    }
    if (s->state != STREAM_LIVE)
        return next_page_write(e, s, out);
    return next_tail_write(e, s, out) || session_sync(e, s, out);
}

void fanout_wrote(struct edge *e, struct stream *s, size_t bytes)
{
    bool whole;

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
            list_remove(&s->replay->held); /* moves to the end: it has made progress */
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

/* Returns an SSE comment for a stream to which nothing has been sent for a heartbeat period, and
 * the stream's position if that has changed. So the client of a quiet topic has a recent position,
 * even if retention has removed the records up to its last event. */
static bool next_heartbeat(struct edge *e, struct edge_action *out)
{
    struct stream *s;

    while ((s = delivery_next_heartbeat(&e->delivery)) != NULL) {
        if (s->blocked || s->sent > 0 || s->state == STREAM_CLOSING)
            continue;
        buf_reset(&e->text);
        sse_heartbeat(&e->text);
        if (s->state == STREAM_LIVE && s->notice == NOTICE_NONE) {
            if (s->cursor < tail_head(&e->tail) && list_empty(&s->link))
                s->cursor = tail_head(&e->tail); /* no record matched, or it would be ready */
            if (s->last_id == STREAM_NO_ID || s->cursor > s->last_id)
                sse_position(&e->text, e->link.epoch, s->last_id = s->cursor);
        }
        s->tick = e->delivery.tick;
        out->type = EDGE_TEXT;
        out->text =
            (struct edge_text_action){.stream = s, .owner = s->owner, .text = buf_all(&e->text)};
        return true;
    }
    return false;
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
    return ephemeral_fanout_next(e, out) || catchup_next(e, out) || next_heartbeat(e, out);
}
