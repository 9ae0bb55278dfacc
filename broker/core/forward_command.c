/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/forward_command.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/base/number.h"

#include <inttypes.h>
#include <stdio.h>

/* Commands that the broker hands on to an edge, and those by which operators change something. */

#define NAMES_MAX 100 /* bytes of edges' names in an error: it is one line */

/* ---- for edges ---- */

void broker_forward_command(struct broker *b, uint64_t now_ms, const struct control_peer *peer,
                            const struct wire_command *frame, const struct edge_entry *edge,
                            const struct wire_command *command, uint64_t wait_ms)
{
    struct awaited_reply asker = {*peer, frame->request, edge->incarnation};
    uint64_t number = awaited_replies_add(&b->awaited, &asker, now_ms + wait_ms);

    if (number == 0) {
        replies_add_text(&b->replies, peer, frame->request, ERR_UNAVAILABLE, "too many questions");
    } else if (!replies_add_command(&b->replies, &edge->peer, number, command->name,
                                    command->arguments, command->argument_count)) {
        (void)awaited_replies_take(&b->awaited, number, &asker);
        replies_add_text(&b->replies, peer, frame->request, ERR_TOO_LARGE,
                         "the command is too large");
    }
}

static const char *name_of(const struct broker *b, uint64_t incarnation)
{
    const struct edge_entry *edge = edges_find(&b->edges, incarnation);

    return edge == NULL || edge->name[0] == '\0' ? "the edge" : edge->name;
}

void broker_forward_reply(struct broker *b, const struct wire_reply *frame)
{
    struct awaited_reply asker;
    struct reply *reply;

    if (!awaited_replies_take(&b->awaited, frame->request, &asker))
        return;
    reply = replies_add(&b->replies, &asker.peer, WIRE_REPLY, asker.request, frame->code);
    /* Who asked would take it for ours. */
    if (frame->code == ERR_NOT_FOUND && slice_equal(frame->text, SLICE("no such command")))
        buf_printf(&reply->text, "%s does not know the command: it is of another version",
                   name_of(b, asker.edge));
    else
        buf_slice(&reply->text, frame->text);
}

void broker_expire_forwarded(struct broker *b, uint64_t now_ms)
{
    struct awaited_reply asker;

    while (awaited_replies_expire(&b->awaited, now_ms, &asker))
        buf_printf(
            &replies_add(&b->replies, &asker.peer, WIRE_REPLY, asker.request, ERR_TIMEOUT)->text,
            "%s does not answer", name_of(b, asker.edge));
}

static bool is_reachable(const struct edge_entry *e)
{
    return e->present && e->greeted;
}

static bool is_called(const struct edge_entry *e, struct slice text)
{
    char incarnation[17];

    (void)snprintf(incarnation, sizeof incarnation, "%016" PRIx64, e->incarnation);
    return slice_equal(text, slice_str(e->name)) || slice_equal(text, slice_str(incarnation));
}

static void no_such_edge(struct broker *b, const struct control_peer *peer, uint64_t request,
                         struct slice name)
{
    struct buf *text = &replies_add(&b->replies, peer, WIRE_REPLY, request, ERR_NOT_FOUND)->text;
    size_t begin;

    if (name.size > 40)
        name.size = 40;
    buf_printf(text, "no edge \"%.*s\"", (int)name.size, name.data);
    begin = text->size;
    for (const struct edge_entry *e = b->edges.table; e != NULL; e = e->by_incarnation.next) {
        if (!is_reachable(e))
            continue;
        buf_str(text, text->size == begin ? "; there are: " : ", ");
        if (text->size - begin > NAMES_MAX) {
            buf_str(text, "…");
            return;
        }
        buf_str(text, e->name);
    }
    if (text->size == begin)
        buf_str(text, "; there is none");
}

void broker_command_edge(struct broker *b, uint64_t now_ms, const struct control_peer *peer,
                         const struct wire_command *frame)
{
    const struct edge_entry *found = NULL;
    struct wire_command command;
    size_t count = 0;

    if (frame->argument_count < 2 || frame->argument_count > 2 + REPLY_ARGUMENTS_MAX) {
        replies_add_text(&b->replies, peer, frame->request, ERR_INVALID,
                         "the command's arguments are wrong");
        return;
    }
    for (const struct edge_entry *e = b->edges.table; e != NULL; e = e->by_incarnation.next) {
        if (!is_reachable(e) || !is_called(e, frame->arguments[0]))
            continue;
        found = e;
        count++;
    }
    if (count == 0) {
        no_such_edge(b, peer, frame->request, frame->arguments[0]);
        return;
    }
    if (count > 1) {
        replies_add_text(&b->replies, peer, frame->request, ERR_INVALID,
                         "several edges have this name: say its incarnation (belfry edges --json)");
        return;
    }
    command = (struct wire_command){.name = frame->arguments[1],
                                    .arguments = frame->arguments + 2,
                                    .argument_count = frame->argument_count - 2};
    broker_forward_command(b, now_ms, peer, frame, found, &command, AWAITED_REPLY_OPERATOR_MS);
}

/* ---- trimming ---- */

/* An id of this log, or an offset of it; nothing is 0. */
static const char *parse_place(const struct broker *b, struct slice text, uint64_t *out)
{
    struct epoch epoch;

    *out = 0;
    if (text.size == 0)
        return NULL;
    if (event_id_parse(text, &epoch, out) == OK)
        return epoch_equal(epoch, b->journal.epoch) ? NULL
                                                    : "before: a place in another log than this";
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
        return "the command's arguments are wrong";
    why = parse_place(b, frame->arguments[0], &out->before);
    if (why != NULL)
        return why;
    if (frame->arguments[1].size > 0) {
        if (number_parse(frame->arguments[1], UINT64_MAX - 1, &age_ms) != OK)
            return "age: must be a number of milliseconds";
        out->before_ms = age_ms < b->unix_ms ? b->unix_ms - age_ms : 0;
    }
    out->look = slice_equal(frame->arguments[2], SLICE("look"));
    return NULL;
}

void broker_command_trim(struct broker *b, const struct control_peer *peer,
                         const struct wire_command *frame)
{
    struct broker_trim trim = {.peer = *peer, .request = frame->request};
    const char *why = parse_trim(b, frame, &trim);

    if (why != NULL) {
        replies_add_text(&b->replies, peer, frame->request, ERR_INVALID, why);
        return;
    }
    if (b->stopped || b->trim != NULL) {
        replies_add_text(&b->replies, peer, frame->request, ERR_BUSY,
                         b->stopped ? "the broker is stopping" : "another trim is under way");
        return;
    }
    b->trim = mem_alloc(sizeof *b->trim);
    *b->trim = trim;
    b->trim_out = false;
}

/* They may still have in memory what the log no longer has. One that misses this has it until
 * newer records take its place. */
static void trim_edges(struct broker *b, uint64_t oldest)
{
    char id[EVENT_ID_SIZE];
    struct slice argument = slice_of(id, event_id_format(b->journal.epoch, oldest, id));

    for (const struct edge_entry *e = b->edges.table; e != NULL; e = e->by_incarnation.next) {
        if (is_reachable(e))
            (void)replies_add_command(&b->replies, &e->peer, 0, SLICE("trim"), &argument, 1);
    }
}

void broker_end_trim(struct broker *b, uint64_t now_ms, enum err result, uint64_t oldest,
                     uint64_t before)
{
    struct broker_trim *trim = b->trim;
    char id[EVENT_ID_SIZE];

    b->trim = NULL;
    if (result == OK) {
        (void)event_id_format(b->journal.epoch, oldest, id);
        buf_printf(&replies_add(&b->replies, &trim->peer, WIRE_REPLY, trim->request, OK)->text,
                   "{\"oldest\":\"%s\",\"removed\":%" PRIu64 ",\"left\":%" PRIu64 "}", id,
                   oldest > before ? oldest - before : 0,
                   b->journal.head + 1 > oldest ? b->journal.head + 1 - oldest : 0);
    } else {
        replies_add_text(&b->replies, &trim->peer, trim->request, result,
                         result == ERR_UNKNOWN ? "before: beyond the end of the log"
                                               : err_text(result));
    }
    if (result == OK && !trim->look) {
        trim_edges(b, oldest);
        beacon_hurry(&b->beacon, now_ms);
    }
    mem_free(trim);
}

/* ---- the log that operators read ---- */

void broker_command_log_level(struct broker *b, const struct control_peer *peer,
                              const struct wire_command *frame)
{
    enum log_level before = b->config.log_level;
    enum log_level level = before;

    if (frame->argument_count > 1 ||
        (frame->argument_count == 1 && log_level_parse(frame->arguments[0], &level) != OK)) {
        replies_add_text(&b->replies, peer, frame->request, ERR_INVALID,
                         "level: must be " LOG_LEVELS);
        return;
    }
    b->config.log_level = level;
    b->set_log_level = b->set_log_level || level != before;
    buf_printf(&replies_add(&b->replies, peer, WIRE_REPLY, frame->request, OK)->text,
               "{\"level\":\"%s\",\"before\":\"%s\"}", log_level_text(level),
               log_level_text(before));
}

bool broker_next_operation(struct broker *b, struct broker_action *out)
{
    if (b->set_log_level) {
        b->set_log_level = false;
        out->type = BROKER_LOG_LEVEL;
        out->log_level.level = b->config.log_level;
        return true;
    }
    if (b->trim == NULL || b->trim_out)
        return false;
    b->trim_out = true;
    out->type = BROKER_TRIM;
    out->trim.command = b->trim;
    return true;
}
