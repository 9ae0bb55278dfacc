/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/handle_command.h"

#include "broker/core/forward_command.h"
#include "broker/core/roster_json.h"
#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/base/number.h"
#include "common/topic/selector.h"
#include "common/wire/session_id.h"

#include <inttypes.h>

/* COMMAND frames: what edges and operators ask for. */

#define TOPICS_MAX 1000           /* of one answer */
#define TOPICS_BYTES (512u << 10) /* then it ends: an answer may have twice as many */

static void topics_json(const struct broker *b, const struct broker_read *read, struct buf *out)
{
    char id[EVENT_ID_SIZE];
    size_t i;

    buf_str(out, "{\"topics\":[");
    for (i = 0; i < read->topic_count && out->size < TOPICS_BYTES; i++) {
        const struct journal_topic *topic = &read->topics[i];

        buf_str(out, i == 0 ? "{\"topic\":" : ",{\"topic\":");
        buf_json_string(out, topic->name);
        (void)event_id_format(b->journal.epoch, topic->last, id);
        buf_printf(out, ",\"records\":%" PRIu64 ",\"last\":\"%s\"}", topic->count, id);
    }
    buf_printf(out, "],\"more\":%s}",
               i < read->topic_count || read->topic_count == read->count ? "true" : "false");
}

void broker_finish_command(struct broker *b, struct broker_read *read)
{
    struct reply *reply =
        replies_add(&b->replies, &read->peer, WIRE_REPLY, read->request, read->result);

    reply->read = read;
    if (read->result != OK)
        buf_str(&reply->text, err_text(read->result));
    else if (read->type == BROKER_READ_TOPICS)
        topics_json(b, read, &reply->text);
    else
        buf_printf(&reply->text, "{\"offset\":%" PRIu64 "}", read->found);
}

static void command_stats(struct broker *b, const struct control_peer *peer,
                          const struct wire_command *frame)
{
    struct reply *reply = replies_add(&b->replies, peer, WIRE_REPLY, frame->request, OK);

    broker_counters_json(&b->counters, b->config.software, &b->journal, &b->edges,
                         batch_queue_count(&b->queue), b->now_ms, &reply->text);
}

/* The arguments [after, limit] of a page of the roster, which may be missing. False: it is
 * answered. */
static bool take_page(struct broker *b, const struct control_peer *peer,
                      const struct wire_command *frame, size_t at, struct roster_page *out)
{
    enum err err;

    *out = (struct roster_page){.term = b->journal.term, .limit = ROSTER_PAGE_MAX};
    if (frame->argument_count > at + 1 &&
        (number_parse(frame->arguments[at + 1], ROSTER_PAGE_MAX, &out->limit) != OK ||
         out->limit == 0)) {
        replies_add_text(&b->replies, peer, frame->request, ERR_INVALID,
                         "limit: must be 1 to 1000");
        return false;
    }
    err = frame->argument_count > at ? roster_page_after(frame->arguments[at], out) : OK;
    if (err == ERR_INVALID)
        replies_add_text(&b->replies, peer, frame->request, err,
                         "after: must be the next of a page");
    else if (err != OK)
        replies_add_text(&b->replies, peer, frame->request, err,
                         "after: of another list: the broker has begun anew since");
    return err == OK;
}

/* "presence" [topic, after, limit]: the last two may be missing. */
static void command_presence(struct broker *b, const struct control_peer *peer,
                             const struct wire_command *frame)
{
    struct roster_page page;
    struct buf selector;

    if (frame->argument_count < 1 || frame->argument_count > 3 ||
        topic_check(frame->arguments[0]) != OK) {
        replies_add_text(&b->replies, peer, frame->request, ERR_INVALID, "presence needs a topic");
        return;
    }
    if (!take_page(b, peer, frame, 1, &page))
        return;
    buf_init(&selector, SELECTOR_SIZE_MAX);
    selector_write_exact(frame->arguments[0], &selector);
    roster_write_members(&b->roster, frame->arguments[0], buf_all(&selector), &page,
                         &replies_add(&b->replies, peer, WIRE_REPLY, frame->request, OK)->text);
    buf_clear(&selector);
}

static void one_subscription(struct broker *b, const struct control_peer *peer,
                             const struct wire_command *frame)
{
    struct subscriber_uuid subscriber;
    struct reply *reply;
    enum err err = subscriber_uuid_parse(frame->arguments[1], &subscriber);

    reply = replies_add(&b->replies, peer, WIRE_REPLY, frame->request, OK);
    if (err == OK)
        err = roster_write_subscription(&b->roster, frame->arguments[0], &subscriber,
                                        b->journal.term, &reply->text);
    if (err == OK)
        return;
    reply->code = ERR_NOT_FOUND;
    buf_str(&reply->text, "no such subscription");
}

/* "subscriptions" [selector, subscriber, after, limit]: of all selectors when it is empty; one
 * of them when there is a subscriber, which needs a selector. */
static void command_subscriptions(struct broker *b, const struct control_peer *peer,
                                  const struct wire_command *frame)
{
    struct roster_page page;
    struct selector parts;
    struct slice selector = {NULL, 0};

    if (frame->argument_count != 4 ||
        (frame->arguments[0].size > 0 ? selector_parse(frame->arguments[0], &parts) != OK
                                      : frame->arguments[1].size > 0)) {
        replies_add_text(&b->replies, peer, frame->request, ERR_INVALID,
                         "the command's arguments are wrong");
        return;
    }
    if (frame->arguments[1].size > 0) {
        one_subscription(b, peer, frame);
        return;
    }
    if (!take_page(b, peer, frame, 2, &page))
        return;
    if (frame->arguments[0].size > 0)
        selector = frame->arguments[0];
    roster_write_subscriptions(
        &b->roster, selector, &page,
        &replies_add(&b->replies, peer, WIRE_REPLY, frame->request, OK)->text);
}

/* "topics" [after, limit] and "find" [id]: the reader looks. */
static void command_read(struct broker *b, const struct control_peer *peer,
                         const struct wire_command *frame, enum broker_read_type type)
{
    uint64_t limit = 1000;
    struct broker_read *read;

    if (frame->argument_count < 1 ||
        (type == BROKER_READ_TOPICS && frame->argument_count > 1 &&
         number_parse(frame->arguments[1], TOPICS_MAX, &limit) != OK) ||
        limit == 0) {
        replies_add_text(&b->replies, peer, frame->request, ERR_INVALID,
                         "the command's arguments are wrong");
        return;
    }
    read = b->reads.count < b->config.reads ? reads_create(frame->arguments, 1) : NULL;
    if (read == NULL) {
        replies_add_text(&b->replies, peer, frame->request, ERR_UNAVAILABLE, "too many reads");
        return;
    }
    read->name = read->query.selectors[0];
    if (type == BROKER_READ_TOPICS)
        read->topics = mem_alloc(limit * sizeof *read->topics);
    read->count = limit;
    broker_start_read(b, read, type, peer, frame->request);
}

/* "session" [session, …]: the edge whose incarnation the session names knows. */
static void command_session(struct broker *b, uint64_t now_ms, const struct control_peer *peer,
                            const struct wire_command *frame)
{
    const struct edge_entry *edge = NULL;
    uint64_t incarnation;
    uint64_t number;

    if (frame->argument_count == 3 &&
        session_id_parse(frame->arguments[0], &incarnation, &number) == OK)
        edge = edges_find(&b->edges, incarnation);
    if (edge == NULL || !edge->present || !edge->greeted) {
        replies_add_text(&b->replies, peer, frame->request, ERR_NOT_FOUND, "no such session");
        return;
    }
    broker_forward_command(b, now_ms, peer, frame, edge, frame, AWAITED_REPLY_MS);
}

void broker_handle_command(struct broker *b, uint64_t now_ms, const struct control_peer *peer,
                           const struct wire_command *frame)
{
    b->counters.commands++;
    if (slice_equal(frame->name, SLICE("stats")))
        command_stats(b, peer, frame);
    else if (slice_equal(frame->name, SLICE("presence")))
        command_presence(b, peer, frame);
    else if (slice_equal(frame->name, SLICE("subscriptions")))
        command_subscriptions(b, peer, frame);
    else if (slice_equal(frame->name, SLICE("topics")))
        command_read(b, peer, frame, BROKER_READ_TOPICS);
    else if (slice_equal(frame->name, SLICE("find")))
        command_read(b, peer, frame, BROKER_READ_FIND);
    else if (slice_equal(frame->name, SLICE("session")))
        command_session(b, now_ms, peer, frame);
    else if (slice_equal(frame->name, SLICE("edge")))
        broker_command_edge(b, now_ms, peer, frame);
    else if (slice_equal(frame->name, SLICE("trim")))
        broker_command_trim(b, peer, frame);
    else if (slice_equal(frame->name, SLICE("log-level")))
        broker_command_log_level(b, peer, frame);
    else
        replies_add_text(&b->replies, peer, frame->request, ERR_NOT_FOUND, "no such command");
}
