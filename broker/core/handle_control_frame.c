/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/handle_control_frame.h"

#include "broker/core/forward_command.h"
#include "broker/core/handle_command.h"
#include "common/base/buf.h"
#include "common/topic/selector.h"

static void copy_text(char *out, size_t size, struct slice text)
{
    size_t length = text.size < size ? text.size : size - 1;

    if (length > 0)
        memcpy(out, text.data, length);
    out[length] = '\0';
}

static void hello(struct broker *b, uint64_t now_ms, const struct control_peer *peer,
                  const struct wire_hello *frame)
{
    struct edge_entry *edge = edges_get(&b->edges, frame->incarnation, now_ms);
    struct reply *reply;

    if (edge == NULL) {
        b->counters.edges_refused++;
        operator_log_add(&b->operator_log, BROKER_REPORT_EDGE_REFUSED, NULL, ERR_TOO_MANY);
        reply = replies_add(&b->replies, peer, WIRE_WELCOME, frame->request, ERR_TOO_MANY);
        buf_str(&reply->text, "too many edges (see --edges)");
        return;
    }
    copy_text(edge->name, sizeof edge->name, frame->name);
    copy_text(edge->software, sizeof edge->software, frame->software);
    copy_text(edge->address, sizeof edge->address, frame->address);
    if (!edge->greeted)
        edge->joined_ms = now_ms;
    broker_mark_seen(b, edge, now_ms);
    if (!edge->greeted)
        operator_log_add(&b->operator_log, BROKER_REPORT_EDGE_JOINED, edge, OK);
    edge->greeted = true;
    edge->peer = *peer;
    (void)replies_add(&b->replies, peer, WIRE_WELCOME, frame->request, OK);
}

/* Enters the members that an edge lists into the roster. When a frame before this one is missing,
 * the edge is commanded to list all members again. */
static void take_members(struct broker *b, uint64_t now_ms, const struct control_peer *peer,
                         const struct wire_members *frame)
{
    struct edge_entry *edge = edges_get(&b->edges, frame->incarnation, now_ms);
    /* A member of an edge that ran before this broker has probably been there before. */
    bool quiet = now_ms - b->counters.started_ms < ROSTER_GRACE_MS;

    if (edge == NULL)
        return;
    broker_mark_seen(b, edge, now_ms);
    if (frame->all == 1) {
        roster_unseat(&b->roster, frame->incarnation, false, now_ms);
        edge->roster_lost = false;
    } else if (frame->serial != edge->roster_serial + 1) {
        edge->roster_lost = true;
        (void)replies_add_command(&b->replies, peer, 0, SLICE("members"), NULL, 0);
    }
    edge->roster_serial = frame->serial;
    for (size_t i = 0; i < frame->count; i++) {
        struct selector parts;
        enum err err = selector_parse(frame->members[i].topic, &parts);

        if (err == OK)
            err = roster_seat(&b->roster, frame->incarnation, &frame->members[i], quiet, now_ms);
        if (err == ERR_FULL)
            b->counters.members_unlisted++;
        else if (err != OK)
            b->counters.malformed++;
    }
}

static void ping(struct broker *b, uint64_t now_ms, const struct control_peer *peer,
                 const struct wire_ping *frame)
{
    struct edge_entry *edge = edges_get(&b->edges, frame->incarnation, now_ms);

    if (edge == NULL)
        return;
    edge->metrics = frame->metrics;
    broker_mark_seen(b, edge, now_ms);
    if (edge->roster_lost) /* its members may never change, so waiting would not help */
        (void)replies_add_command(&b->replies, peer, 0, SLICE("members"), NULL, 0);
    if (!edge->logged_clash && edges_namesake(&b->edges, edge, now_ms) != NULL) {
        edge->logged_clash = true;
        operator_log_add(&b->operator_log, BROKER_REPORT_EDGE_NAME_CLASH, edge, ERR_BUSY);
    }
}

static enum err check_selectors(const struct slice *selectors, size_t count)
{
    enum err err = count > RECORD_TOPICS_MAX * 10u ? ERR_TOO_MANY : OK;

    for (size_t i = 0; i < count && err == OK; i++) {
        struct selector parts;

        err = selector_parse(selectors[i], &parts);
    }
    return err;
}

/* Begins a read, or replies with an error at once. */
static void begin_read(struct broker *b, const struct control_peer *peer,
                       const struct wire_read *frame, enum broker_read_type type, uint64_t count)
{
    enum err err = check_selectors(frame->selectors, frame->selector_count);
    struct broker_read *read = NULL;

    if (err == OK && !epoch_equal(frame->epoch, b->journal.epoch))
        err = ERR_EPOCH;
    else if (err == OK && frame->after > b->journal.head)
        err = ERR_UNKNOWN;
    else if (err == OK && b->replies.read_count >= b->config.reads)
        err = ERR_UNAVAILABLE;
    if (err == ERR_UNAVAILABLE)
        b->counters.reads_refused++;
    if (err == OK) {
        read = replies_create_read(frame->selectors, frame->selector_count);
        err = read == NULL ? ERR_NO_MEMORY : OK;
    }
    if (err != OK) {
        (void)replies_add(&b->replies, peer, WIRE_RECORDS, frame->request, err);
        return;
    }
    read->query.after = frame->after;
    /* The reader may see a transaction that is not broadcast yet, so the head is the limit. */
    read->query.until = frame->until < b->journal.head ? frame->until : b->journal.head;
    read->query.max_bytes =
        frame->max_bytes < b->config.read_bytes ? frame->max_bytes : b->config.read_bytes;
    read->count = count;
    broker_start_read(b, read, type, peer, frame->request);
}

static void begin_latest(struct broker *b, const struct control_peer *peer,
                         const struct wire_latest *frame)
{
    struct wire_read read = {.request = frame->request,
                             .epoch = frame->epoch,
                             .until = frame->until,
                             .selectors = frame->selectors,
                             .selector_count = frame->selector_count};

    begin_read(b, peer, &read, BROKER_READ_LATEST, frame->count);
}

void broker_handle_control(struct broker *b, uint64_t now_ms, const struct control_peer *peer,
                           const struct wire_frame *frame)
{
    switch (frame->type) {
    case WIRE_HELLO:
        hello(b, now_ms, peer, &frame->hello);
        break;
    case WIRE_PING:
        ping(b, now_ms, peer, &frame->ping);
        break;
    case WIRE_READ:
        begin_read(b, peer, &frame->read, BROKER_READ_PAGE, 0);
        break;
    case WIRE_LATEST:
        begin_latest(b, peer, &frame->latest);
        break;
    case WIRE_COMMAND:
        broker_handle_command(b, now_ms, peer, &frame->command);
        break;
    case WIRE_MEMBERS:
        take_members(b, now_ms, peer, &frame->members);
        break;
    case WIRE_REPLY:
        broker_forward_reply(b, &frame->reply);
        break;
    case WIRE_PUBLISH:
    case WIRE_EPHEMERAL:
    case WIRE_EPHEMERAL_BATCH:
    case WIRE_PRESENCE:
    case WIRE_BATCH:
    case WIRE_BEACON:
    case WIRE_OUTCOME:
    case WIRE_WELCOME:
    case WIRE_RECORDS:
        b->counters.malformed++; /* a broker's own frame, or on the wrong socket */
        break;
    }
}
