/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/core.h"

#include "common/base/mem.h"

#include <assert.h>

/* What waits to go out on the control socket: replies, and commands for edges. */

struct reply *broker_add_reply(struct broker *b, const struct broker_peer *peer,
                               enum wire_type type, uint64_t request, enum err code)
{
    struct reply *reply = mem_alloc(sizeof *reply);

    list_init(&reply->link);
    list_push(&b->replies, &reply->link);
    reply->peer = *peer;
    reply->type = type;
    reply->request = request;
    reply->code = code;
    buf_init(&reply->text, BROKER_TEXT_MAX);
    return reply;
}

void broker_reply_free(struct broker *b, struct reply *reply)
{
    if (reply == NULL)
        return;
    if (reply->read != NULL)
        broker_read_free(b, reply->read);
    buf_clear(&reply->text);
    mem_free(reply);
}

void broker_reply_text(struct broker *b, const struct broker_peer *peer, uint64_t request,
                       enum err code, const char *text)
{
    struct reply *reply = broker_add_reply(b, peer, WIRE_REPLY, request, code);

    buf_str(&reply->text, text);
}

bool broker_command(struct broker *b, const struct broker_peer *peer, uint64_t request,
                    struct slice command, const struct slice *arguments, size_t count)
{
    struct reply *reply = broker_add_reply(b, peer, WIRE_ADMIN, request, OK);

    assert(count <= BROKER_ARGUMENTS_MAX);
    reply->argument_count = count;
    buf_slice(&reply->text, command);
    reply->sizes[0] = command.size;
    for (size_t i = 0; i < count; i++) {
        buf_slice(&reply->text, arguments[i]);
        reply->sizes[i + 1] = arguments[i].size;
    }
    if (buf_ok(&reply->text))
        return true;
    list_remove(&reply->link);
    broker_reply_free(b, reply);
    return false;
}

/* ---- frames ---- */

static void records_frame(struct broker *b, const struct reply *reply, struct wire_records *out)
{
    const struct broker_read *read = reply->read;

    out->request = reply->request;
    out->code = reply->code;
    out->epoch = b->journal.epoch;
    out->oldest = b->journal.oldest;
    out->head = b->journal.head;
    if (read == NULL || read->result != OK)
        return;
    out->next = read->page.next;
    out->oldest = read->page.oldest;
    out->entries = read->page.entries;
    out->count = read->page.count;
}

static void admin_frame(struct reply *reply, struct wire_admin *out)
{
    size_t at = reply->sizes[0];

    for (size_t i = 0; i < reply->argument_count; i++) {
        reply->arguments[i] = slice_of(reply->text.data + at, reply->sizes[i + 1]);
        at += reply->sizes[i + 1];
    }
    out->request = reply->request;
    out->command = slice_of(reply->text.data, reply->sizes[0]);
    out->arguments = reply->arguments;
    out->argument_count = reply->argument_count;
}

void broker_reply_frame(struct broker *b, struct reply *reply, struct wire_frame *out)
{
    memset(out, 0, sizeof *out);
    out->type = reply->type;
    if (reply->type == WIRE_RECORDS) {
        records_frame(b, reply, &out->records);
    } else if (reply->type == WIRE_WELCOME) {
        out->welcome = (struct wire_welcome){.request = reply->request,
                                             .code = reply->code,
                                             .text = buf_all(&reply->text),
                                             .epoch = b->journal.epoch,
                                             .term = b->journal.term,
                                             .head = b->journal.head,
                                             .oldest = b->journal.oldest,
                                             .topic_records = b->config.topic_records,
                                             .topic_ms = b->config.topic_ms};
    } else if (reply->type == WIRE_ADMIN) {
        admin_frame(reply, &out->admin);
    } else {
        out->reply.request = reply->request;
        out->reply.code = buf_ok(&reply->text) ? reply->code : ERR_TOO_LARGE;
        out->reply.text = buf_all(&reply->text);
    }
}
