/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/subscribe.h"

#include "common/base/mem.h"
#include "edge/core/edge_state.h"
#include "edge/core/session.h"
#include "edge/core/tail_update.h"
#include "edge/core/transition.h"
#include "edge/state/delivery.h"
#include "edge/state/ephemeral.h"
#include "edge/state/link.h"
#include "edge/state/replay.h"
#include "edge/state/stream.h"
#include "edge/state/tail.h"

/* Sets the cursor of a stream without a usable id: to the head, or `history` records back. */
static void locate(struct edge *e, struct stream *s, uint32_t history)
{
    s->cursor = tail_head(&e->tail);
    if (history == 0) {
        stream_move(s, STREAM_LIVE);
        return;
    }
    /* Limits per topic are applied where the log is read; without them the tail is enough. */
    if (e->link.topic_records == 0 && e->link.topic_ms == 0 && tail_update_warm(e) &&
        stream_cursor_back(s, &e->tail, history, &e->delivery.gather, &s->cursor)) {
        stream_move(s, STREAM_LIVE);
        return;
    }
    s->replay = replay_create(s);
    s->replay->history = history;
}

/* Continues after the client's id. Returns false if the id is not a position in this log. */
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
    /* The id is older than the tail, or beyond the head that this edge knows: another edge may be
     * ahead, or the id is made up. The broker knows. */
    transition_replay(s);
    return true;
}

/* Returns true if the edge can judge the id. An id of another log means a gap, unless it is this
 * edge that follows an old log; only an edge that hears the broker can exclude that. */
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

enum err subscribe_open(struct edge *e, const struct subscribe *spec, void *owner,
                        struct stream **out)
{
    struct stream *s;
    enum err err;

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

void subscribe_close(struct edge *e, struct stream *s)
{
    transition_leave_replay(e, s);
    ephemeral_forget(&e->ephemeral, s);
    session_close(e, s);
    stream_unlisten(s, &e->topics);
    delivery_remove(&e->delivery, s);
    mem_free(s);
}
