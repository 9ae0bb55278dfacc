/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/receive.h"

#include "edge/core/catchup.h"
#include "edge/core/control.h"
#include "edge/core/edge_state.h"
#include "edge/core/ephemeral_fanout.h"
#include "edge/core/stats_feed.h"
#include "edge/core/tail_update.h"
#include "edge/core/transition.h"
#include "edge/state/inbox.h"
#include "edge/state/link.h"
#include "edge/state/outbox.h"
#include "edge/state/presence.h"
#include "edge/state/tail.h"

/* ---- holes ---- */

/* Takes entries from a batch or a fetch, in ascending order. Adds the number of those that join
 * the tail to *joined. Kept entries came by broadcast and count as received. */
static void take_entries(struct edge *e, const struct entry *entries, size_t count,
                         uint64_t *joined)
{
    const struct entry *kept;
    uint64_t before = tail_head(&e->tail);

    for (size_t i = 0; i < count; i++) {
        uint64_t head = tail_head(&e->tail);

        inbox_raise_head(&e->inbox, entries[i].offset);
        if (entries[i].offset <= head)
            continue; /* seen already */
        if (entries[i].offset == head + 1)
            (void)tail_update_append(e, &entries[i]);
        else
            inbox_keep(&e->inbox, &entries[i]);
    }
    *joined += tail_head(&e->tail) - before;
    before = tail_head(&e->tail);
    while ((kept = inbox_take(&e->inbox, tail_head(&e->tail))) != NULL) {
        if (!tail_update_append(e, kept))
            inbox_reset(&e->inbox, e->inbox.known_head); /* kept entries are fetched again */
    }
    e->metrics.received += tail_head(&e->tail) - before;
}

/* Skips the part of a hole that is no longer in the log. */
static void skip_expired(struct edge *e, uint64_t oldest)
{
    uint64_t head = tail_head(&e->tail);

    if (oldest <= head + 1)
        return;
    edge_add_report(e, EDGE_REPORT_EXPIRED, ERR_EXPIRED, oldest - head - 1, (struct slice){0});
    e->metrics.lost += oldest - head - 1;
    inbox_raise_head(&e->inbox, oldest - 1);
    tail_update_restart(e, oldest - 1);
    transition_restart_all(e, NOTICE_NONE);
}

static void take_hole(struct edge *e, const struct wire_records *frame)
{
    if (frame->code == OK || frame->code == ERR_EXPIRED) {
        e->link.oldest = frame->oldest;
        skip_expired(e, frame->oldest);
        take_entries(e, frame->entries, frame->count, &e->metrics.fetched);
    } else if (frame->code == ERR_UNKNOWN || frame->code == ERR_EPOCH) {
        e->link.want_hello = true; /* the broker has another log, or a shorter one */
    } else {
        e->link.read_pause_ms = e->now_ms + LINK_BEACON_MS;
    }
}

/* ---- joining ---- */

/* Follows a log from the start: the edge has none yet, the epoch is another one, or the log is
 * shorter than before. */
static void follow(struct edge *e, const struct wire_welcome *frame)
{
    uint64_t head = frame->head > e->config.warm_records ? frame->head - e->config.warm_records : 0;
    bool followed = link_joined(&e->link);

    if (frame->oldest > head + 1)
        head = frame->oldest - 1;
    link_follow(&e->link, frame);
    inbox_reset(&e->inbox, frame->head);
    tail_update_restart(e, head);
    e->counters.logs++;
    e->metrics.joined_head = head;
    e->metrics.joined_records = e->metrics.received + e->metrics.fetched + e->metrics.lost;
    outbox_restart(&e->outbox);
    if (followed) {
        edge_add_report(e, EDGE_REPORT_EPOCH, ERR_EPOCH, frame->head, epoch_slice(&e->link.epoch));
        transition_restart_all(e, NOTICE_EPOCH);
    } else {
        edge_add_report(e, EDGE_REPORT_JOINED, OK, frame->head, epoch_slice(&e->link.epoch));
    }
}

static void take_welcome(struct edge *e, const struct wire_welcome *frame)
{
    if (!link_answered(&e->link, frame))
        return;
    if (frame->code != OK) {
        edge_add_report(e, EDGE_REPORT_REFUSED, frame->code, 0, frame->text);
        return;
    }
    if (!epoch_known(frame->epoch)) { /* an empty epoch names no log */
        e->metrics.malformed++;
        return;
    }
    /* Follow the log from the start if it is another one, or if a new broker has a shorter one:
     * then continuity is broken. (With the same term, a shorter head only means that a broadcast
     * has overtaken this answer.) */
    if (!epoch_equal(frame->epoch, e->link.epoch) ||
        (frame->term != e->link.term && frame->head < e->inbox.known_head))
        follow(e, frame);
    if (link_serve(&e->link, frame))
        presence_send_all(&e->presence);
}

/* ---- broadcasts ---- */

static void take_beacon(struct edge *e, const struct wire_beacon *frame)
{
    const struct wire_edge_progress *mine = NULL;
    size_t again;

    if (link_break_silence(&e->link, e->now_ms))
        edge_add_report(e, EDGE_REPORT_BROKER_BACK, OK, frame->head, (struct slice){0});
    if (!link_ours(&e->link, frame->epoch, frame->term)) {
        if (link_other_beacon(&e->link, frame->epoch))
            edge_add_report(e, EDGE_REPORT_SPLIT, ERR_EPOCH, 0, epoch_slice(&frame->epoch));
        return;
    }
    inbox_raise_head(&e->inbox, frame->head);
    for (size_t i = 0; i < frame->edge_count && mine == NULL; i++) {
        if (frame->edges[i].incarnation == e->config.incarnation)
            mine = &frame->edges[i];
    }
    link_beacon(&e->link, frame, mine != NULL);
    if (mine == NULL) {
        e->outbox.probe = true;
        return;
    }
    again = outbox_progress(&e->outbox, e->now_ms, mine->accepted, mine->resolved,
                            tail_head(&e->tail) >= frame->head);
    e->counters.resends += again;
    if (again > 0)
        edge_add_report(e, EDGE_REPORT_RESEND, OK, again, (struct slice){0});
}

static void take_batch(struct edge *e, const struct wire_batch *frame)
{
    if (link_ours(&e->link, frame->epoch, frame->term))
        take_entries(e, frame->entries, frame->count, &e->metrics.received);
}

static void take_outcome(struct edge *e, const struct wire_outcome *frame)
{
    if (frame->incarnation != e->config.incarnation ||
        !link_ours(&e->link, frame->epoch, frame->term))
        return;
    for (size_t i = 0; i < frame->count; i++)
        outbox_outcome(&e->outbox, &frame->outcomes[i]);
}

static void take_records(struct edge *e, const struct wire_records *frame)
{
    struct read read;

    if (control_records(e, frame))
        return;
    if (!link_take_read(&e->link, frame->request, &read))
        return;
    if (read.type != READ_HOLE)
        catchup_records(e, &read, frame);
    else if (epoch_equal(frame->epoch, e->link.epoch))
        take_hole(e, frame);
}

void receive_frame(struct edge *e, const struct wire_frame *frame)
{
    e->malformed_reported = false;
    switch (frame->type) {
    case WIRE_BATCH:
        take_batch(e, &frame->batch);
        break;
    case WIRE_BEACON:
        take_beacon(e, &frame->beacon);
        break;
    case WIRE_OUTCOME:
        take_outcome(e, &frame->outcome);
        break;
    case WIRE_WELCOME:
        take_welcome(e, &frame->welcome);
        break;
    case WIRE_RECORDS:
        take_records(e, &frame->records);
        break;
    case WIRE_REPLY: /* to a query; request 0: the broker could not decode a frame */
        if (frame->reply.request == 0)
            edge_add_report(e, EDGE_REPORT_REFUSED, frame->reply.code, 0, frame->reply.text);
        else if (control_reply(e, &frame->reply))
            stats_feed_collect(e);
        break;
    case WIRE_EPHEMERAL_BATCH:
        if (link_ours(&e->link, frame->ephemeral_batch.epoch, frame->ephemeral_batch.term))
            ephemeral_fanout_records(e, &frame->ephemeral_batch);
        break;
    case WIRE_PRESENCE:
        if (link_ours(&e->link, frame->presence.epoch, frame->presence.term))
            ephemeral_fanout_presence(e, &frame->presence);
        break;
    case WIRE_COMMAND:
        control_command(e, &frame->command);
        break;
    case WIRE_PUBLISH:
    case WIRE_HELLO:
    case WIRE_READ:
    case WIRE_LATEST:
    case WIRE_PING:
    case WIRE_EPHEMERAL:
    case WIRE_MEMBERS:
        e->metrics.malformed++; /* frames that only edges send */
        break;
    }
}

/* ---- time ---- */

void receive_tick(struct edge *e)
{
    struct read read;

    if (link_tick(&e->link, e->now_ms)) {
        e->counters.silences++;
        edge_add_report(e, EDGE_REPORT_BROKER_SILENT, ERR_UNAVAILABLE, 0, (struct slice){0});
    }
    while (link_take_late_read(&e->link, e->now_ms, &read)) {
        if (read.type != READ_HOLE) /* send_next() repeats the hole's */
            catchup_read_lost(e, &read);
    }
    outbox_expire(&e->outbox, e->now_ms);
}
