/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/control.h"

#include "common/token/grants.h"
#include "edge/core/edge_state.h"
#include "edge/core/tail_update.h"
#include "edge/state/commands.h"
#include "edge/state/link.h"
#include "edge/state/presence.h"
#include "edge/state/queries.h"

#include <assert.h>

_Static_assert(COMMAND_PARTS_MAX >= EDGE_ARGUMENTS_MAX, "a command holds all arguments");

/* ---- queries ---- */

enum err control_query(struct edge *e, struct slice command, const struct slice *arguments,
                       size_t count, void *request)
{
    assert(request != NULL);
    if (!link_up(&e->link) || e->control.queries.count >= QUERIES_MAX)
        return ERR_UNAVAILABLE;
    if (queries_add(&e->control.queries, e->now_ms, QUERY_COMMAND, command, arguments, count,
                    request) == NULL)
        return ERR_NO_MEMORY;
    return OK;
}

enum err control_history(struct edge *e, const struct history *spec, void *request)
{
    enum query_type type = spec->after == EDGE_BACKWARD ? QUERY_LATEST : QUERY_PAGE;
    struct query *query;

    assert(request != NULL && spec->limit >= 1 && spec->limit <= EDGE_PAGE_MAX);
    if (!link_up(&e->link) || e->control.queries.count >= QUERIES_MAX)
        return ERR_UNAVAILABLE;
    if (spec->selector_count > e->config.stream_topics)
        return ERR_TOO_MANY;
    query = queries_add(&e->control.queries, e->now_ms, type, (struct slice){0}, spec->selectors,
                        spec->selector_count, request);
    if (query == NULL)
        return ERR_NO_MEMORY;
    query->after = spec->after;
    query->before = spec->before;
    query->limit = spec->limit;
    query->backward = type == QUERY_LATEST;
    /* The end is fixed now: later records do not belong to this page. */
    query->until = e->inbox.known_head;
    if (query->before <= query->until)
        query->until = query->before == 0 ? 0 : query->before - 1;
    return OK;
}

bool control_may_show(const struct edge *e, const struct record *record, uint64_t time_ms,
                      const struct grants *grants, bool open)
{
    if (record_expired(time_ms, record->ttl_ms, e->unix_ms / 1000))
        return false;
    if (!(record->flags & RECORD_PRIVATE) || open)
        return true;
    for (size_t i = 0; grants != NULL && i < record->topic_count; i++) {
        if (grants_subscribe(grants, record->topics[i]))
            return true;
    }
    return false;
}

bool control_reply(struct edge *e, const struct wire_reply *frame)
{
    struct query *query = queries_find(&e->control.queries, frame->request);

    if (query == NULL || query->type != QUERY_COMMAND)
        return false;
    buf_slice(&query->answer, frame->text);
    queries_finish(&e->control.queries, query,
                   buf_ok(&query->answer) ? frame->code : ERR_NO_MEMORY);
    return true;
}

bool control_records(struct edge *e, const struct wire_records *frame)
{
    struct query *query = queries_find(&e->control.queries, frame->request);
    bool fits = (frame->code == OK || frame->code == ERR_EXPIRED) &&
                epoch_equal(frame->epoch, e->link.epoch);

    if (query == NULL || query->type == QUERY_COMMAND)
        return false;
    if (!fits) {
        queries_finish(&e->control.queries, query,
                       frame->code == ERR_UNKNOWN ? ERR_UNKNOWN : ERR_UNAVAILABLE);
    } else if (query->type == QUERY_LATEST) {
        query->type = QUERY_PAGE;
        query->after = frame->next;
        queries_resend(&e->control.queries, query);
    } else if (queries_take_page(&e->control.queries, query, frame)) {
        queries_finish(&e->control.queries, query, query->code);
    }
    return true;
}

void control_tick(struct edge *e)
{
    struct query *query;

    while ((query = queries_expired(&e->control.queries, e->now_ms)) != NULL)
        queries_finish(&e->control.queries, query, ERR_TIMEOUT);
}

static void query_frame(struct edge *e, const struct query *query, struct wire_frame *out)
{
    uint64_t until = query->until;

    memset(out, 0, sizeof *out);
    if (query->type == QUERY_COMMAND) {
        out->type = WIRE_COMMAND;
        out->command = (struct wire_command){.request = query->id,
                                             .name = query->arguments[query->count],
                                             .arguments = query->arguments,
                                             .argument_count = query->count};
    } else if (query->type == QUERY_LATEST) {
        out->type = WIRE_LATEST;
        out->latest = (struct wire_latest){.request = query->id,
                                           .epoch = e->link.epoch,
                                           .count = query->limit,
                                           .until = until,
                                           .selectors = query->arguments,
                                           .selector_count = query->count};
    } else {
        out->type = WIRE_READ;
        out->read = (struct wire_read){.request = query->id,
                                       .epoch = e->link.epoch,
                                       .after = query->after,
                                       .until = until,
                                       .max_bytes = 1u << 20,
                                       .selectors = query->arguments,
                                       .selector_count = query->count};
    }
}

static bool next_command_answer(struct edge *e, struct edge_action *out)
{
    const struct command *answer =
        commands_take(&e->control.commands, &e->control.commands.answers);

    if (answer == NULL)
        return false;
    memset(&out->send.frame, 0, sizeof out->send.frame);
    out->send.frame.type = WIRE_REPLY;
    out->send.frame.reply = (struct wire_reply){
        .request = answer->request, .code = answer->code, .text = answer->parts[0]};
    return true;
}

bool control_next_frame(struct edge *e, struct edge_action *out)
{
    struct query *query;

    out->type = EDGE_SEND;
    out->send.socket = EDGE_SOCKET_CONTROL;
    if (next_command_answer(e, out))
        return true;
    query = e->control.queries.unsent == 0 ? NULL : queries_next_unsent(&e->control.queries);
    if (query == NULL)
        return false;
    query->id = ++e->link.last_request;
    query_frame(e, query, &out->send.frame);
    return true;
}

static void reply_action(const struct query *query, struct edge_action *out)
{
    out->type = EDGE_REPLY;
    out->reply = (struct edge_reply_action){
        .request = query->request, .result = query->code, .text = buf_all(&query->answer)};
}

static void page_action(const struct edge *e, const struct query *query, struct edge_action *out)
{
    out->type = EDGE_PAGE;
    out->page = (struct edge_page_action){.request = query->request,
                                          .result = query->code,
                                          .epoch = e->link.epoch,
                                          .entries = query->entries,
                                          .entry_count = query->entry_count,
                                          .cut = query->cut,
                                          .next = query->next,
                                          .oldest = query->oldest,
                                          .head = query->head};
}

static void command_action(const struct command *command, struct edge_action *out)
{
    if (command->is_session) {
        out->type = EDGE_SESSION;
        out->session = (struct edge_session_action){.request = command->request,
                                                    .session = command->parts[0],
                                                    .body = command->parts[1],
                                                    .token = command->parts[2]};
        return;
    }
    out->type = EDGE_COMMAND;
    out->command = (struct edge_command_action){.request = command->request,
                                                .command = (enum edge_command)command->what,
                                                .arguments = command->parts,
                                                .argument_count = command->count};
}

bool control_next_answer(struct edge *e, struct edge_action *out)
{
    const struct query *query;
    const struct command *command;

    commands_drop_given(&e->control.commands);
    query = queries_next_done(&e->control.queries);
    if (query != NULL) {
        if (query->type == QUERY_COMMAND)
            reply_action(query, out);
        else
            page_action(e, query, out);
        return true;
    }
    command = commands_take(&e->control.commands, &e->control.commands.incoming);
    if (command == NULL)
        return false;
    command_action(command, out);
    return true;
}

/* ---- commands ---- */

void control_command_reply(struct edge *e, uint64_t request, enum err code, struct slice text)
{
    struct command *command = commands_create(request, code, &text, 1);

    if (command != NULL)
        list_push(&e->control.commands.answers, &command->link);
}

static void take_command(struct edge *e, const struct wire_command *frame)
{
    static const char *const texts[] = {
#define X(name, text) [name] = (text),
        EDGE_COMMANDS(X)
#undef X
    };
    size_t i = 0;
    struct command *command;

    while (i < sizeof texts / sizeof texts[0] && !slice_equal(frame->name, slice_str(texts[i])))
        i++;
    if (i == sizeof texts / sizeof texts[0]) {
        control_command_reply(e, frame->request, ERR_NOT_FOUND, SLICE("no such command"));
        return;
    }
    if (frame->argument_count > EDGE_ARGUMENTS_MAX) {
        control_command_reply(e, frame->request, ERR_INVALID,
                              SLICE("wrong arguments for this command"));
        return;
    }
    command = commands_create(frame->request, OK, frame->arguments, frame->argument_count);
    if (command == NULL)
        return;
    command->what = (unsigned)i;
    list_push(&e->control.commands.incoming, &command->link);
}

/* Takes the command "trim" [id of the oldest remaining record]. It gets no reply. */
static void take_trim(struct edge *e, const struct wire_command *frame)
{
    struct epoch epoch;
    uint64_t oldest;

    if (frame->argument_count == 1 && event_id_parse(frame->arguments[0], &epoch, &oldest) == OK &&
        epoch_equal(epoch, e->link.epoch))
        tail_update_trim(e, oldest);
}

void control_command(struct edge *e, const struct wire_command *frame)
{
    struct command *command;

    if (slice_equal(frame->name, SLICE("members"))) {
        presence_send_all(&e->presence);
    } else if (slice_equal(frame->name, SLICE("trim"))) {
        take_trim(e, frame);
    } else if (slice_equal(frame->name, SLICE("session")) && frame->argument_count == 3) {
        command = commands_create(frame->request, OK, frame->arguments, 3);
        if (command == NULL)
            return;
        command->is_session = true;
        list_push(&e->control.commands.incoming, &command->link);
    } else {
        take_command(e, frame);
    }
}
