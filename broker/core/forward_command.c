/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/forward_command.h"

#include "common/base/buf.h"
#include "common/wire/session_id.h"

#include <inttypes.h>
#include <stdio.h>

#define NAMES_MAX 100 /* bytes of edges' names, so that the error message stays one line */

void broker_forward_command(struct broker *b, uint64_t now_ms, const struct control_peer *peer,
                            const struct wire_command *frame, const struct edge_entry *edge,
                            const struct wire_command *command, uint64_t wait_ms)
{
    struct awaited_reply requester = {*peer, frame->request, edge->incarnation};
    uint64_t number = awaited_replies_add(&b->awaited, &requester, now_ms + wait_ms);

    if (number == 0) {
        replies_add_text(&b->replies, peer, frame->request, ERR_UNAVAILABLE,
                         "too many commands wait for edges; retry later");
    } else if (!replies_add_command(&b->replies, &edge->peer, number, command->name,
                                    command->arguments, command->argument_count)) {
        (void)awaited_replies_take(&b->awaited, number, &requester);
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
    struct awaited_reply requester;
    struct reply *reply;

    if (!awaited_replies_take(&b->awaited, frame->request, &requester))
        return;
    reply = replies_add(&b->replies, &requester.peer, WIRE_REPLY, requester.request, frame->code);
    /* Unchanged, the edge's text would mean that the broker does not know the command. */
    if (frame->code == ERR_NOT_FOUND && slice_equal(frame->text, SLICE("no such command")))
        buf_printf(&reply->text, "%s does not know this command; it runs another version",
                   name_of(b, requester.edge));
    else
        buf_slice(&reply->text, frame->text);
}

void broker_expire_forwarded(struct broker *b, uint64_t now_ms)
{
    struct awaited_reply requester;

    while (awaited_replies_expire(&b->awaited, now_ms, &requester))
        buf_printf(
            &replies_add(&b->replies, &requester.peer, WIRE_REPLY, requester.request, ERR_TIMEOUT)
                 ->text,
            "%s does not answer", name_of(b, requester.edge));
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
        if (!edge_entry_reachable(e))
            continue;
        buf_str(text, text->size == begin ? "; edges: " : ", ");
        if (text->size - begin > NAMES_MAX) {
            buf_str(text, "…");
            return;
        }
        buf_str(text, e->name);
    }
    if (text->size == begin)
        buf_str(text, "; no edge is connected");
}

void broker_command_edge(struct broker *b, uint64_t now_ms, const struct control_peer *peer,
                         const struct wire_command *frame)
{
    const struct edge_entry *found = NULL;
    struct wire_command command;
    size_t count = 0;

    if (frame->argument_count < 2 || frame->argument_count > 2 + REPLY_ARGUMENTS_MAX) {
        replies_add_text(&b->replies, peer, frame->request, ERR_INVALID,
                         "wrong arguments for this command");
        return;
    }
    for (const struct edge_entry *e = b->edges.table; e != NULL; e = e->by_incarnation.next) {
        if (!edge_entry_reachable(e) || !is_called(e, frame->arguments[0]))
            continue;
        found = e;
        count++;
    }
    if (count == 0) {
        no_such_edge(b, peer, frame->request, frame->arguments[0]);
        return;
    }
    if (count > 1) {
        replies_add_text(
            &b->replies, peer, frame->request, ERR_INVALID,
            "several edges have this name; give the incarnation (belfry edges --json)");
        return;
    }
    command = (struct wire_command){.name = frame->arguments[1],
                                    .arguments = frame->arguments + 2,
                                    .argument_count = frame->argument_count - 2};
    broker_forward_command(b, now_ms, peer, frame, found, &command, AWAITED_REPLY_OPERATOR_MS);
}

void broker_command_session(struct broker *b, uint64_t now_ms, const struct control_peer *peer,
                            const struct wire_command *frame)
{
    const struct edge_entry *edge = NULL;
    uint64_t incarnation;
    uint64_t number;

    if (frame->argument_count == 3 &&
        session_id_parse(frame->arguments[0], &incarnation, &number) == OK)
        edge = edges_find(&b->edges, incarnation);
    if (edge == NULL || !edge_entry_reachable(edge)) {
        replies_add_text(&b->replies, peer, frame->request, ERR_NOT_FOUND, "no such session");
        return;
    }
    broker_forward_command(b, now_ms, peer, frame, edge, frame, AWAITED_REPLY_EDGE_MS);
}
