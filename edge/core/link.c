/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/core.h"

#include "common/base/mem.h"
#include "edge/core/sse.h"

#include <stdio.h>

#define BEACON_MS 250              /* the broker's period: design.md, section 4 */
#define SILENCE_MS (3 * BEACON_MS) /* then the link is down */
#define HELLO_MS 1000              /* a hello without an answer is repeated */
#define READ_MS 2000               /* a read without an answer is repeated */
#define PING_MS 1000
#define FETCH_BYTES (1u << 20) /* of a hole, at a time */
#define SPLITS_MAX 8           /* beacons of another log in a row, 2 s of them */

/* ---- into the tail ---- */

void link_evict(struct edge *e)
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
        link_evict(e);
    topics_forget_matches(&e->topics);
    tail_clear(&e->tail);
    tail_init(&e->tail, e->config.tail_bytes, head);
    e->gather.valid = false;
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
    fanout_mark(e, topic);
    for (uint32_t i = 0; i < topic->match_count; i++) {
        topic_append_match(topic->matches[i], offset, e->tail.first);
        fanout_mark(e, topic->matches[i]);
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
        e->figures.malformed++;
        record = (struct record){0};
    }
    buf_reset(&e->sse);
    sse_record(&e->sse, e->epoch, entry->offset, &record);
    if (!buf_ok(&e->sse)) {
        e->read_pause_ms = e->now_ms + BEACON_MS;
        return false;
    }
    for (uint32_t i = 0; i < record.topic_count; i++) {
        e->record_topics[i] = topics_get(&e->topics, names[i]);
        topic_append(e->record_topics[i], entry->offset);
    }
    tail_append(&e->tail, buf_all(&e->sse), e->record_topics, record.topic_count);
    tail_newest(&e->tail)->is_private = (record.flags & RECORD_PRIVATE) != 0;
    if (record.id.size > 0)
        tail_name_newest(&e->tail, sse_id_line(slice_of(tail_newest(&e->tail)->sse, e->sse.size)),
                         record.id);
    if (record.ttl_ms != 0)
        tail_newest(&e->tail)->expires_s = expiry_of(entry->time_ms, record.ttl_ms);
    for (uint32_t i = 0; i < record.topic_count; i++)
        mark_topic(e, e->record_topics[i], entry->offset);
    fanout_mark(e, e->topics.all);
    if (record.origin == e->config.incarnation)
        outbox_echo(&e->outbox, record.seq, entry->offset);
    while (tail_over(&e->tail))
        link_evict(e);
    e->gather.valid = false;
    return true;
}

/* ---- holes ---- */

static struct read *hole_read(struct edge *e)
{
    return &e->reads[EDGE_READS_MAX];
}

static void note_warmth(struct edge *e)
{
    if (!e->warm && epoch_known(e->epoch) && tail_head(&e->tail) >= e->join_head)
        e->warm = true;
}

/* Entries from a batch or a fetch, ascending. *joined counts those that join the tail; what was kept came by broadcast. */
static void take_entries(struct edge *e, const struct entry *entries, size_t count,
                         uint64_t *joined)
{
    const struct entry *kept;
    uint64_t before = tail_head(&e->tail);

    for (size_t i = 0; i < count; i++) {
        uint64_t head = tail_head(&e->tail);

        inbox_told(&e->inbox, entries[i].offset);
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
    e->figures.received += tail_head(&e->tail) - before;
    note_warmth(e);
}

/* Part of the hole is no longer in the log: go on with what is left. */
static void skip_expired(struct edge *e, uint64_t oldest)
{
    uint64_t head = tail_head(&e->tail);

    if (oldest <= head + 1)
        return;
    edge_tell(e, EDGE_NOTE_EXPIRED, ERR_EXPIRED, oldest - head - 1, (struct slice){0});
    e->figures.lost += oldest - head - 1;
    inbox_told(&e->inbox, oldest - 1);
    restart_tail(e, oldest - 1);
    fanout_restart(e, TELL_NOTHING);
}

static void hole_records(struct edge *e, const struct wire_records *frame)
{
    if (frame->code == OK || frame->code == ERR_EXPIRED) {
        e->oldest = frame->oldest;
        skip_expired(e, frame->oldest);
        take_entries(e, frame->entries, frame->count, &e->figures.fetched);
    } else if (frame->code == ERR_UNKNOWN || frame->code == ERR_EPOCH) {
        e->want_hello = true; /* the broker has another log, or a shorter one */
    } else {
        e->read_pause_ms = e->now_ms + BEACON_MS;
    }
}

/* ---- joining ---- */

/* Follows a log from the start: an empty edge, another epoch, or a log that is shorter than what we saw. */
static void follow(struct edge *e, const struct wire_welcome *frame)
{
    uint64_t head = frame->head > e->config.warm_records ? frame->head - e->config.warm_records : 0;
    bool followed = epoch_known(e->epoch);

    if (frame->oldest > head + 1)
        head = frame->oldest - 1;
    e->epoch = frame->epoch;
    e->join_head = frame->head;
    e->warm = false;
    e->heard = false;
    *hole_read(e) = (struct read){0};
    inbox_reset(&e->inbox, frame->head);
    restart_tail(e, head);
    e->counters.logs++;
    e->figures.joined_head = head;
    e->figures.joined_records = e->figures.received + e->figures.fetched + e->figures.lost;
    outbox_restart(&e->outbox);
    note_warmth(e);
    if (followed) {
        edge_tell(e, EDGE_NOTE_EPOCH, ERR_EPOCH, frame->head, epoch_slice(&e->epoch));
        fanout_restart(e, TELL_EPOCH);
    } else {
        edge_tell(e, EDGE_NOTE_JOINED, OK, frame->head, epoch_slice(&e->epoch));
    }
}

static void welcome(struct edge *e, const struct wire_welcome *frame)
{
    if (frame->request != e->hello_request || e->hello_request == 0)
        return;
    e->hello_request = 0;
    if (frame->code != OK) {
        edge_tell(e, EDGE_NOTE_REFUSED, frame->code, 0, frame->text);
        return;
    }
    e->oldest = frame->oldest;
    e->topic_records = frame->topic_records;
    e->topic_ms = frame->topic_ms;
    e->want_ping = true;
    /* A broker that took over and knows less than the one before: continuity is broken. (With the same term
     * a broadcast may simply have overtaken this answer.) */
    if (!epoch_equal(frame->epoch, e->epoch) ||
        (frame->term != e->term && frame->head < e->inbox.known_head))
        follow(e, frame);
    if (frame->term != e->term) {
        e->heard = e->named = false; /* until this broker's beacon names us */
        presence_tell_all(&e->presence);
    }
    e->term = frame->term;
    e->want_hello = false;
}

/* ---- broadcasts ---- */

/* True when the broadcast speaks for the log and the broker that we follow. */
static bool ours(struct edge *e, const struct epoch *epoch, uint64_t term)
{
    if (epoch_equal(*epoch, e->epoch) && term == e->term)
        return true;
    /* A lower term is a broker that has been replaced. Anything else: ask who is there now. */
    if (!epoch_equal(*epoch, e->epoch) || term > e->term)
        e->want_hello = true;
    return false;
}

static void beacon_for_others(struct edge *e, const struct wire_beacon *frame)
{
    if (!epoch_known(e->epoch) || epoch_equal(frame->epoch, e->epoch))
        return;
    e->heard = false;
    if (++e->splits == SPLITS_MAX)
        edge_tell(e, EDGE_NOTE_SPLIT, ERR_EPOCH, 0, epoch_slice(&frame->epoch));
}

static void beacon(struct edge *e, const struct wire_beacon *frame)
{
    const struct wire_edge_progress *mine = NULL;
    size_t again;

    e->beacon_ms = e->now_ms;
    if (e->silent)
        edge_tell(e, EDGE_NOTE_BROKER_BACK, OK, frame->head, (struct slice){0});
    e->silent = false;
    if (!ours(e, &frame->epoch, frame->term)) {
        beacon_for_others(e, frame);
        return;
    }
    e->splits = 0;
    e->heard = true;
    e->oldest = frame->oldest;
    e->edges = frame->edge_count;
    inbox_told(&e->inbox, frame->head);
    for (size_t i = 0; i < frame->edge_count && mine == NULL; i++) {
        if (frame->edges[i].incarnation == e->config.incarnation)
            mine = &frame->edges[i];
    }
    e->named = mine != NULL;
    if (mine == NULL) {
        e->outbox.probe = true;
        return;
    }
    again = outbox_progress(&e->outbox, e->now_ms, mine->accepted, mine->resolved,
                            tail_head(&e->tail) >= frame->head);
    e->counters.resends += again;
    if (again > 0)
        edge_tell(e, EDGE_NOTE_RESEND, OK, again, (struct slice){0});
}

static void batch(struct edge *e, const struct wire_batch *frame)
{
    if (ours(e, &frame->epoch, frame->term))
        take_entries(e, frame->entries, frame->count, &e->figures.received);
}

static void outcome(struct edge *e, const struct wire_outcome *frame)
{
    if (frame->incarnation != e->config.incarnation || !ours(e, &frame->epoch, frame->term))
        return;
    for (size_t i = 0; i < frame->count; i++)
        outbox_outcome(&e->outbox, &frame->outcomes[i]);
}

static void records(struct edge *e, const struct wire_records *frame)
{
    if (asks_records(e, frame))
        return;
    for (size_t i = 0; i <= EDGE_READS_MAX; i++) {
        struct read read = e->reads[i];

        if (read.request == 0 || read.request != frame->request)
            continue;
        e->reads[i].request = 0;
        if (read.type == READ_HOLE) {
            if (epoch_equal(frame->epoch, e->epoch))
                hole_records(e, frame);
        } else {
            e->read_count--;
            catchup_records(e, &read, frame);
        }
        return;
    }
}

void edge_received(struct edge *e, uint64_t now_ms, const struct wire_frame *frame)
{
    e->now_ms = now_ms;
    e->busy = true;
    e->told_malformed = false;
    switch (frame->type) {
    case WIRE_BATCH:
        batch(e, &frame->batch);
        break;
    case WIRE_BEACON:
        beacon(e, &frame->beacon);
        break;
    case WIRE_OUTCOME:
        outcome(e, &frame->outcome);
        break;
    case WIRE_WELCOME:
        welcome(e, &frame->welcome);
        break;
    case WIRE_RECORDS:
        records(e, &frame->records);
        break;
    case WIRE_REPLY: /* to a question, or: the broker could not read what we sent */
        if (frame->reply.request == 0)
            edge_tell(e, EDGE_NOTE_REFUSED, frame->reply.code, 0, frame->reply.text);
        else
            (void)asks_reply(e, &frame->reply);
        break;
    case WIRE_CAST:
        if (ours(e, &frame->cast.epoch, frame->cast.term))
            casts_ephemeral(e, &frame->cast);
        break;
    case WIRE_PRESENCE:
        if (ours(e, &frame->presence.epoch, frame->presence.term))
            casts_presence(e, &frame->presence);
        break;
    case WIRE_ADMIN:
        asks_wish(e, &frame->admin);
        break;
    case WIRE_PUBLISH:
    case WIRE_HELLO:
    case WIRE_READ:
    case WIRE_LATEST:
    case WIRE_PING:
    case WIRE_EPHEMERAL:
    case WIRE_MEMBERS:
        e->figures.malformed++; /* an edge's own frames */
        break;
    }
}

/* ---- time, and what goes up ---- */

static void expire_reads(struct edge *e)
{
    for (size_t i = 0; i <= EDGE_READS_MAX; i++) {
        struct read read = e->reads[i];

        if (read.request == 0 || e->now_ms < read.deadline_ms)
            continue;
        e->reads[i].request = 0;
        if (read.type == READ_HOLE)
            continue; /* asked for again by link_next() */
        e->read_count--;
        catchup_read_lost(e, &read);
    }
}

void link_tick(struct edge *e)
{
    if (!e->silent && e->now_ms - e->beacon_ms >= SILENCE_MS) {
        e->silent = true;
        e->counters.silences++;
        edge_tell(e, EDGE_NOTE_BROKER_SILENT, ERR_UNAVAILABLE, 0, (struct slice){0});
    }
    if (e->hello_request != 0 && e->now_ms - e->hello_ms >= HELLO_MS)
        e->hello_request = 0;
    if (e->now_ms >= e->ping_ms) {
        e->want_ping = epoch_known(e->epoch) && !e->silent;
        e->ping_ms = e->now_ms + PING_MS;
    }
    expire_reads(e);
    outbox_expire(&e->outbox, e->now_ms);
}

bool link_up(const struct edge *e)
{
    return epoch_known(e->epoch) && e->heard && !e->silent;
}

struct read *link_begin_read(struct edge *e, enum read_type type, struct stream *stream)
{
    struct read *read = NULL;

    if (type == READ_HOLE)
        read = hole_read(e);
    for (size_t i = 0; i < EDGE_READS_MAX && read == NULL; i++) {
        if (e->reads[i].request == 0)
            read = &e->reads[i];
    }
    if (read == NULL || read->request != 0)
        return NULL;
    *read = (struct read){.request = ++e->last_request,
                          .type = type,
                          .stream = stream,
                          .deadline_ms = e->now_ms + READ_MS};
    if (type != READ_HOLE)
        e->read_count++;
    return read;
}

static bool next_fetch(struct edge *e, struct edge_action *out)
{
    uint64_t head = tail_head(&e->tail);
    struct read *read;
    uint64_t until;

    if (!epoch_known(e->epoch) || e->silent || e->now_ms < e->read_pause_ms ||
        !inbox_hole(&e->inbox, head, &until))
        return false;
    read = link_begin_read(e, READ_HOLE, NULL);
    if (read == NULL)
        return false;
    if (e->warm)
        edge_tell(e, EDGE_NOTE_HOLE, OK, until - head, (struct slice){0});
    e->figures.fetches++;
    out->frame.type = WIRE_READ;
    out->frame.read = (struct wire_read){.request = read->request,
                                         .epoch = e->epoch,
                                         .after = head,
                                         .until = until,
                                         .max_bytes = FETCH_BYTES};
    return true;
}

static bool next_hello(struct edge *e, struct edge_action *out)
{
    bool want = e->want_hello || !epoch_known(e->epoch);

    /* Not more often than each HELLO_MS, unless another log or term has just shown itself. */
    if (!want || e->hello_request != 0)
        return false;
    if (!e->want_hello && e->hello_ms != 0 && e->now_ms - e->hello_ms < HELLO_MS)
        return false;
    e->want_hello = false;
    e->hello_ms = e->now_ms;
    e->hello_request = ++e->last_request;
    out->frame.type = WIRE_HELLO;
    out->frame.hello = (struct wire_hello){.request = e->hello_request,
                                           .incarnation = e->config.incarnation,
                                           .name = slice_str(e->config.name),
                                           .software = slice_str(e->config.software),
                                           .address = slice_str(e->config.address)};
    return true;
}

static bool next_members(struct edge *e, struct edge_action *out)
{
    if (!epoch_known(e->epoch) || e->silent || !presence_next(&e->presence, &out->frame.members))
        return false;
    out->frame.type = WIRE_MEMBERS;
    out->frame.members.incarnation = e->config.incarnation;
    return true;
}

bool link_next(struct edge *e, struct edge_action *out)
{
    out->type = EDGE_SEND;
    out->socket = EDGE_SOCKET_CONTROL;
    memset(&out->frame, 0, sizeof out->frame);
    return next_hello(e, out) || next_fetch(e, out) || next_members(e, out) ||
           figures_next_ping(e, out);
}
