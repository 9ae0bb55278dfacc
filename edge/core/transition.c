/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/transition.h"

#include "edge/core/edge_state.h"
#include "edge/state/delivery.h"
#include "edge/state/link.h"
#include "edge/state/replay.h"
#include "edge/state/tail.h"
#include "edge/state/topics.h"

#include <assert.h>

/* ---- pages ---- */

/* Subtracts the skipped records of a page that the stream had not reached when it is dropped. */
static void uncount_skipped(struct edge *e, const struct replay *r)
{
    const struct page_record *all = &r->records[r->count];
    const struct page_record *passed = &r->records[r->index];

    e->counters.skipped_private -= all->skipped_private - passed->skipped_private;
    e->counters.skipped_expired -= all->skipped_expired - passed->skipped_expired;
}

void transition_drop_page(struct edge *e, struct replay *r)
{
    if (!replay_has_page(r))
        return;
    uncount_skipped(e, r);
    replay_drop_page(r);
    e->delivery.page_count--;
}

void transition_reset_page(struct edge *e, struct stream *s)
{
    assert(s->replay != NULL);
    link_cancel_reads(&e->link, s);
    transition_drop_page(e, s->replay);
    s->replay->request = 0;
}

void transition_leave_replay(struct edge *e, struct stream *s)
{
    if (s->replay == NULL)
        return;
    link_cancel_reads(&e->link, s);
    transition_drop_page(e, s->replay);
    replay_destroy(s->replay);
    s->replay = NULL;
    list_remove(&s->link);
}

void transition_wait(struct edge *e, struct stream *s)
{
    list_remove(&s->link);
    list_push(&e->delivery.waiting, &s->link);
}

void transition_prepare_change(struct edge *e, struct stream *s)
{
    assert(s->sent == 0);
    if (delivery_idle(s))
        delivery_catch_up(&e->delivery, s);
    if (s->replay != NULL)
        transition_reset_page(e, s);
    e->delivery.gather.valid = false;
}

void transition_replay(struct stream *s)
{
    s->replay = replay_create(s);
    stream_move(s, STREAM_REPLAYING);
}

/* ---- the end, and another log ---- */

void transition_close(struct edge *e, struct stream *s)
{
    transition_leave_replay(e, s);
    if (s->state != STREAM_CLOSING)
        stream_move(s, STREAM_CLOSING);
    s->blocked = false; /* closing needs no room in the socket */
    delivery_ready(&e->delivery, s);
}

static void restart_stream(struct edge *e, struct stream *s, enum stream_notice notice)
{
    if (s->state == STREAM_CLOSING || s->state == STREAM_LOCATING)
        return; /* a LOCATING one has got no record yet: it is located in the new log */
    if (notice == NOTICE_NONE) {
        if (delivery_idle(s))
            delivery_catch_up(&e->delivery, s);
        delivery_ready(&e->delivery, s);
        return;
    }
    /* Half an event is sent and the rest is lost: the client reconnects and resumes by its id. */
    if (s->sent > 0) {
        transition_close(e, s);
        return;
    }
    transition_leave_replay(e, s);
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

void transition_restart_all(struct edge *e, enum stream_notice notice)
{
    for (struct topic *t = e->topics.table; t != NULL; t = t->by_name.next)
        restart_topic(e, t, notice);
    for (struct topic *t = e->topics.patterns; t != NULL; t = t->by_name.next)
        restart_topic(e, t, notice);
    restart_topic(e, e->topics.all, notice);
}
