/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/receive.h"

#include "common/base/mem.h"
#include "edge/core/catchup.h"
#include "edge/core/control.h"
#include "edge/core/edge.h"
#include "edge/core/edge_state.h"
#include "edge/core/ephemeral_fanout.h"
#include "edge/core/fanout.h"
#include "edge/core/status.h"
#include "edge/state/delivery.h"
#include "edge/state/inbox.h"
#include "edge/state/link.h"
#include "edge/state/outbox.h"
#include "edge/state/presence.h"
#include "edge/state/sse.h"
#include "edge/state/stream.h"
#include "edge/state/tail.h"
#include "edge/state/topics.h"

/* What comes from the broker: batches join the tail, holes are fetched, beacons and welcomes move the link. */

#define FETCH_BYTES (1u << 20) /* of a hole, at a time */

/* ---- into the tail ---- */

void receive_evict(struct edge *e)
{
    uint32_t count;
    struct topic *const *topics = tail_oldest_topics(&e->tail, &count);

    for (uint32_t i = 0; i < count; i++) {
        topic_shift(topics[i]);
        topics_release(&e->topics, topics[i]);
    }
    tail_shift(&e->tail);
}

/* Empties the tail; the next record to join is head + 1. */
static void restart_tail(struct edge *e, uint64_t head)
{
    while (e->tail.count > 0)
        receive_evict(e);
    topics_forget_matches(&e->topics);
    tail_clear(&e->tail);
    tail_init(&e->tail, e->config.tail_bytes, head);
    e->delivery.gather.valid = false;
}

/* Unix seconds, rounded up; 2106 is for ever. */
static uint32_t expiry_of(uint64_t time_ms, uint64_t ttl_ms)
{
    uint64_t seconds = UINT32_MAX;

    if (ttl_ms <= UINT64_MAX - 999 - time_ms)
        seconds = (time_ms + ttl_ms + 999) / 1000;
    return seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
}

/* The topic has a new record, and so have the templates that match it. */
static void mark_topic(struct edge *e, struct topic *topic, uint64_t offset)
{
    delivery_mark(&e->delivery, topic);
    for (uint32_t i = 0; i < topic->match_count; i++) {
        topic_append_match(topic->matches[i], offset, e->tail.first);
        delivery_mark(&e->delivery, topic->matches[i]);
    }
}

/* The record head + 1 joins the tail: its SSE bytes are made here, once. False: there is no memory for
 * them. Then it is a hole like any other, and asked for again. */
static bool apply(struct edge *e, const struct entry *entry)
{
    struct slice names[RECORD_TOPICS_MAX];
    struct record record;

    /* A body that nobody can read was stored by a broker that read it: a bug, or a bit that flipped on the
     * way. It keeps its place as a record that no topic has. */
    if (wire_decode_body(e->decoder, entry->body, names, &record) != OK) {
        e->metrics.malformed++;
        record = (struct record){0};
    }
    buf_reset(&e->sse);
    sse_record(&e->sse, e->link.epoch, entry->offset, &record);
    if (!buf_ok(&e->sse)) {
        e->link.read_pause_ms = e->now_ms + LINK_BEACON_MS;
        return false;
    }
    for (uint32_t i = 0; i < record.topic_count; i++) {
        e->record_topics[i] = topics_get(&e->topics, names[i]);
        topic_append(e->record_topics[i], entry->offset);
    }
    tail_append(&e->tail, buf_all(&e->sse), e->record_topics, record.topic_count);
    tail_newest(&e->tail)->is_private = (record.flags & RECORD_PRIVATE) != 0;
    if (record.id.size > 0)
        tail_set_publisher_id(
            &e->tail, sse_id_line(slice_of(tail_newest(&e->tail)->sse, e->sse.size)), record.id);
    if (record.ttl_ms != 0)
        tail_newest(&e->tail)->expires_s = expiry_of(entry->time_ms, record.ttl_ms);
    for (uint32_t i = 0; i < record.topic_count; i++)
        mark_topic(e, e->record_topics[i], entry->offset);
    delivery_mark(&e->delivery, e->topics.all);
    if (record.origin == e->config.incarnation)
        outbox_echo(&e->outbox, record.seq, entry->offset);
    while (tail_over(&e->tail))
        receive_evict(e);
    e->delivery.gather.valid = false;
    return true;
}

/* ---- holes ---- */

/* Entries from a batch or a fetch, ascending. *joined counts those that join the tail; what was kept came by broadcast. */
static void take_entries(struct edge *e, const struct entry *entries, size_t count,
                         uint64_t *joined)
{
    const struct entry *kept;
    uint64_t before = tail_head(&e->tail);

    for (size_t i = 0; i < count; i++) {
        uint64_t head = tail_head(&e->tail);

        inbox_raise_head(&e->inbox, entries[i].offset);
        if (entries[i].offset <= head)
            continue; /* seen before */
        if (entries[i].offset == head + 1)
            (void)apply(e, &entries[i]);
        else
            inbox_keep(&e->inbox, &entries[i]);
    }
    *joined += tail_head(&e->tail) - before;
    before = tail_head(&e->tail);
    while ((kept = inbox_take(&e->inbox, tail_head(&e->tail))) != NULL) {
        if (!apply(e, kept))
            inbox_reset(&e->inbox, e->inbox.known_head); /* all of it is fetched again */
    }
    e->metrics.received += tail_head(&e->tail) - before;
}

/* Part of the hole is no longer in the log: go on with what is left. */
static void skip_expired(struct edge *e, uint64_t oldest)
{
    uint64_t head = tail_head(&e->tail);

    if (oldest <= head + 1)
        return;
    edge_add_report(e, EDGE_REPORT_EXPIRED, ERR_EXPIRED, oldest - head - 1, (struct slice){0});
    e->metrics.lost += oldest - head - 1;
    inbox_raise_head(&e->inbox, oldest - 1);
    restart_tail(e, oldest - 1);
    fanout_restart(e, NOTICE_NONE);
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

/* Follows a log from the start: an empty edge, another epoch, or a log that is shorter than what we saw. */
static void follow(struct edge *e, const struct wire_welcome *frame)
{
    uint64_t head = frame->head > e->config.warm_records ? frame->head - e->config.warm_records : 0;
    bool followed = link_joined(&e->link);

    if (frame->oldest > head + 1)
        head = frame->oldest - 1;
    link_follow(&e->link, frame);
    inbox_reset(&e->inbox, frame->head);
    restart_tail(e, head);
    e->counters.logs++;
    e->metrics.joined_head = head;
    e->metrics.joined_records = e->metrics.received + e->metrics.fetched + e->metrics.lost;
    outbox_restart(&e->outbox);
    if (followed) {
        edge_add_report(e, EDGE_REPORT_EPOCH, ERR_EPOCH, frame->head, epoch_slice(&e->link.epoch));
        fanout_restart(e, NOTICE_EPOCH);
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
    if (!epoch_known(frame->epoch)) { /* the name of no log */
        e->metrics.malformed++;
        return;
    }
    /* A broker that took over and knows less than the one before: continuity is broken. (With the same term
     * a broadcast may simply have overtaken this answer.) */
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

void edge_received(struct edge *e, uint64_t now_ms, const struct wire_frame *frame)
{
    e->now_ms = now_ms;
    e->busy = true;
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
    case WIRE_REPLY: /* to a question, or: the broker could not read what we sent */
        if (frame->reply.request == 0)
            edge_add_report(e, EDGE_REPORT_REFUSED, frame->reply.code, 0, frame->reply.text);
        else
            (void)control_reply(e, &frame->reply);
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
        e->metrics.malformed++; /* an edge's own frames */
        break;
    }
}

/* ---- time, and what goes up ---- */

void receive_tick(struct edge *e)
{
    struct read read;

    if (link_tick(&e->link, e->now_ms)) {
        e->counters.silences++;
        edge_add_report(e, EDGE_REPORT_BROKER_SILENT, ERR_UNAVAILABLE, 0, (struct slice){0});
    }
    while (link_take_late_read(&e->link, e->now_ms, &read)) {
        if (read.type != READ_HOLE) /* a hole's is asked for again by receive_next() */
            catchup_read_lost(e, &read);
    }
    outbox_expire(&e->outbox, e->now_ms);
}

bool receive_warm(const struct edge *e)
{
    return link_joined(&e->link) && tail_head(&e->tail) >= e->link.join_head;
}

static bool next_fetch(struct edge *e, struct edge_action *out)
{
    uint64_t head = tail_head(&e->tail);
    struct read *read;
    uint64_t until;

    if (!link_joined(&e->link) || e->link.silent || e->now_ms < e->link.read_pause_ms ||
        !inbox_hole(&e->inbox, head, &until))
        return false;
    read = link_begin_read(&e->link, e->now_ms, READ_HOLE, NULL);
    if (read == NULL)
        return false;
    if (receive_warm(e))
        edge_add_report(e, EDGE_REPORT_HOLE, OK, until - head, (struct slice){0});
    e->metrics.fetches++;
    out->send.frame.type = WIRE_READ;
    out->send.frame.read = (struct wire_read){.request = read->request,
                                              .epoch = e->link.epoch,
                                              .after = head,
                                              .until = until,
                                              .max_bytes = FETCH_BYTES};
    return true;
}

static bool next_hello(struct edge *e, struct edge_action *out)
{
    uint64_t request = link_start_hello(&e->link, e->now_ms);

    if (request == 0)
        return false;
    out->send.frame.type = WIRE_HELLO;
    out->send.frame.hello = (struct wire_hello){.request = request,
                                                .incarnation = e->config.incarnation,
                                                .name = slice_str(e->config.name),
                                                .software = slice_str(e->config.software),
                                                .address = slice_str(e->config.address)};
    return true;
}

static bool next_members(struct edge *e, struct edge_action *out)
{
    if (!link_joined(&e->link) || e->link.silent ||
        !presence_next(&e->presence, &out->send.frame.members))
        return false;
    out->send.frame.type = WIRE_MEMBERS;
    out->send.frame.members.incarnation = e->config.incarnation;
    return true;
}

static bool next_ephemeral(struct edge *e, struct edge_action *out)
{
    if (!link_joined(&e->link))
        return false;
    memset(&out->send.frame, 0, sizeof out->send.frame);
    if (!outbox_next_ephemeral(&e->outbox, &out->send.frame.ephemeral))
        return false;
    out->type = EDGE_SEND;
    out->send.socket = EDGE_SOCKET_PUBLISH;
    out->send.frame.type = WIRE_EPHEMERAL;
    out->send.frame.ephemeral.epoch = e->link.epoch;
    return true;
}

static bool next_publish(struct edge *e, struct edge_action *out)
{
    if (!link_joined(&e->link))
        return false;
    memset(&out->send.frame, 0, sizeof out->send.frame);
    if (!outbox_next(&e->outbox, e->now_ms, &out->send.frame.publish))
        return false;
    out->type = EDGE_SEND;
    out->send.socket = EDGE_SOCKET_PUBLISH;
    out->send.frame.type = WIRE_PUBLISH;
    out->send.frame.publish.epoch = e->link.epoch;
    return true;
}

static bool next_control(struct edge *e, struct edge_action *out)
{
    out->type = EDGE_SEND;
    out->send.socket = EDGE_SOCKET_CONTROL;
    memset(&out->send.frame, 0, sizeof out->send.frame);
    return next_hello(e, out) || next_fetch(e, out) || next_members(e, out) ||
           status_next_ping(e, out);
}

bool receive_next(struct edge *e, struct edge_action *out)
{
    return next_publish(e, out) || next_ephemeral(e, out) || status_next_canary(e, out) ||
           next_control(e, out);
}
