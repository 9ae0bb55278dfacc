/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/handle_command.h"

#include "broker/core/forward_command.h"
#include "broker/core/roster_json.h"
#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/base/number.h"
#include "common/topic/selector.h"

#include <inttypes.h>

/* A list of topics ends at this size: a reply may be twice as large (REPLY_TEXT_MAX). */
#define TOPICS_BYTES (512u << 10)

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
    struct reply *reply = replies_finish_read(&b->replies, WIRE_REPLY, read, read->result);

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

/* Parses the optional arguments [after, limit] of a page of the roster. Returns false when it has
 * replied with an error. */
static bool take_page(struct broker *b, const struct control_peer *peer,
                      const struct wire_command *frame, size_t at, struct roster_page *out)
{
    enum err err;

    *out = (struct roster_page){.term = b->journal.term, .limit = ROSTER_PAGE_MAX};
    if (frame->argument_count > at + 1 &&
        (number_parse(frame->arguments[at + 1], ROSTER_PAGE_MAX, &out->limit) != OK ||
         out->limit == 0)) {
        replies_add_text(&b->replies, peer, frame->request, ERR_INVALID,
                         "limit: must be a number from 1 to 1000");
        return false;
    }
    err = frame->argument_count > at ? roster_page_after(frame->arguments[at], out) : OK;
    if (err == ERR_INVALID)
        replies_add_text(&b->replies, peer, frame->request, err,
                         "after: must be the \"next\" of a page");
    else if (err != OK)
        replies_add_text(&b->replies, peer, frame->request, err,
                         "after: out of date, since the broker has restarted; leave it out");
    return err == OK;
}

/* Handles "presence" [topic, after, limit]; `after` and `limit` are optional. */
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

/* Handles "subscriptions" [selector, subscriber, after, limit]. An empty selector means all
 * selectors. A subscriber needs a selector, and asks for one subscription. */
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
                         "wrong arguments for this command");
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

/* Handles "topics" [after, limit] and "find" [id], which need a read. */
static void command_read(struct broker *b, const struct control_peer *peer,
                         const struct wire_command *frame, enum broker_read_type type)
{
    uint64_t limit = 1000;
    struct broker_read *read;

    if (frame->argument_count < 1 ||
        (type == BROKER_READ_TOPICS && frame->argument_count > 1 &&
         number_parse(frame->arguments[1], JOURNAL_TOPICS_MAX, &limit) != OK) ||
        limit == 0) {
        replies_add_text(&b->replies, peer, frame->request, ERR_INVALID,
                         "wrong arguments for this command");
        return;
    }
    read =
        b->replies.read_count < b->config.reads ? replies_create_read(frame->arguments, 1) : NULL;
    if (read == NULL) {
        replies_add_text(&b->replies, peer, frame->request, ERR_UNAVAILABLE,
                         "too many reads; retry later");
        return;
    }
    read->name = read->query.selectors[0];
    if (type == BROKER_READ_TOPICS)
        read->topics = mem_alloc(limit * sizeof *read->topics);
    read->count = limit;
    broker_start_read(b, read, type, peer, frame->request);
}

/* ---- "trim" [before, age_ms, "look" or ""] ---- */

/* Parses an event id of this log or an offset. An empty text gives 0. Returns an error message, or
 * NULL. */
static const char *parse_place(const struct broker *b, struct slice text, uint64_t *out)
{
    struct epoch epoch;

    *out = 0;
    if (text.size == 0)
        return NULL;
    if (event_id_parse(text, &epoch, out) == OK)
        return epoch_equal(epoch, b->journal.epoch) ? NULL : "before: belongs to another log";
    return number_parse(text, UINT64_MAX - 1, out) == OK
               ? NULL
               : "before: must be an event id or an offset";
}

static const char *parse_trim(const struct broker *b, const struct wire_command *frame,
                              struct broker_trim *out)
{
    uint64_t age_ms;
    const char *why;

    if (frame->argument_count != 3)
        return "wrong arguments for this command";
    why = parse_place(b, frame->arguments[0], &out->before);
    if (why != NULL)
        return why;
    if (frame->arguments[1].size > 0) {
        if (number_parse(frame->arguments[1], UINT64_MAX - 1, &age_ms) != OK)
            return "age: must be a number of milliseconds";
        out->before_ms = age_ms < b->unix_ms ? b->unix_ms - age_ms : 0;
    }
    out->dry_run = slice_equal(frame->arguments[2], SLICE("look"));
    return NULL;
}

static void command_trim(struct broker *b, const struct control_peer *peer,
                         const struct wire_command *frame)
{
    struct broker_trim trim = {.peer = *peer, .request = frame->request};
    const char *why = parse_trim(b, frame, &trim);

    if (why != NULL) {
        replies_add_text(&b->replies, peer, frame->request, ERR_INVALID, why);
        return;
    }
    if (b->stopped || b->tasks.trim_state != OPERATOR_TRIM_NONE) {
        replies_add_text(&b->replies, peer, frame->request, ERR_BUSY,
                         b->stopped ? "the broker is stopping" : "another trim is in progress");
        return;
    }
    operator_tasks_add_trim(&b->tasks, &trim);
}

/* Commands the edges to remove trimmed records from memory. An edge that misses the command keeps
 * them until newer records take their place. */
static void trim_edges(struct broker *b, uint64_t oldest)
{
    char id[EVENT_ID_SIZE];
    struct slice argument = slice_of(id, event_id_format(b->journal.epoch, oldest, id));

    for (const struct edge_entry *e = b->edges.table; e != NULL; e = e->by_incarnation.next) {
        if (edge_entry_reachable(e))
            (void)replies_add_command(&b->replies, &e->peer, 0, SLICE("trim"), &argument, 1);
    }
}

void broker_end_trim(struct broker *b, uint64_t now_ms, enum err result, uint64_t oldest,
                     uint64_t before)
{
    struct broker_trim trim = operator_tasks_end_trim(&b->tasks);
    char id[EVENT_ID_SIZE];

    if (result == OK) {
        (void)event_id_format(b->journal.epoch, oldest, id);
        buf_printf(&replies_add(&b->replies, &trim.peer, WIRE_REPLY, trim.request, OK)->text,
                   "{\"oldest\":\"%s\",\"removed\":%" PRIu64 ",\"left\":%" PRIu64 "}", id,
                   oldest > before ? oldest - before : 0,
                   b->journal.head + 1 > oldest ? b->journal.head + 1 - oldest : 0);
    } else {
        replies_add_text(&b->replies, &trim.peer, trim.request, result,
                         result == ERR_UNKNOWN ? "before: beyond the end of the log"
                                               : err_text(result));
    }
    if (result == OK && !trim.dry_run) {
        trim_edges(b, oldest);
        beacon_hurry(&b->beacon, now_ms);
    }
}

/* ---- "log-level" [level or nothing] ---- */

static void command_log_level(struct broker *b, const struct control_peer *peer,
                              const struct wire_command *frame)
{
    enum log_level before = b->tasks.log_level;
    enum log_level level = before;

    if (frame->argument_count > 1 ||
        (frame->argument_count == 1 && log_level_parse(frame->arguments[0], &level) != OK)) {
        replies_add_text(&b->replies, peer, frame->request, ERR_INVALID,
                         "level: must be " LOG_LEVELS);
        return;
    }
    operator_tasks_set_log_level(&b->tasks, level);
    buf_printf(&replies_add(&b->replies, peer, WIRE_REPLY, frame->request, OK)->text,
               "{\"level\":\"%s\",\"before\":\"%s\"}", log_level_text(level),
               log_level_text(before));
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
        broker_command_session(b, now_ms, peer, frame);
    else if (slice_equal(frame->name, SLICE("edge")))
        broker_command_edge(b, now_ms, peer, frame);
    else if (slice_equal(frame->name, SLICE("trim")))
        command_trim(b, peer, frame);
    else if (slice_equal(frame->name, SLICE("log-level")))
        command_log_level(b, peer, frame);
    else
        replies_add_text(&b->replies, peer, frame->request, ERR_NOT_FOUND, "no such command");
}
