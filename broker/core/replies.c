/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/replies.h"

#include "common/base/mem.h"

#include <assert.h>
#include <string.h>

void replies_init(struct replies *r)
{
    *r = (struct replies){0};
    list_init(&r->waiting);
}

static void free_reply(struct reply *reply, struct reads *reads)
{
    if (reply->read != NULL)
        reads_free(reads, reply->read);
    buf_clear(&reply->text);
    mem_free(reply);
}

void replies_clear(struct replies *r, struct reads *reads)
{
    replies_release(r, reads);
    while (replies_next(r) != NULL)
        replies_release(r, reads);
}

void replies_check(const struct replies *r)
{
    for (struct list *i = r->waiting.next; i != &r->waiting; i = i->next)
        assert(LIST_ENTRY(i, struct reply, link)->argument_count <= REPLY_ARGUMENTS_MAX);
}

void replies_release(struct replies *r, struct reads *reads)
{
    if (r->out != NULL)
        free_reply(r->out, reads);
    r->out = NULL;
}

struct reply *replies_next(struct replies *r)
{
    struct list *link = list_shift(&r->waiting);

    assert(r->out == NULL);
    if (link != NULL)
        r->out = LIST_ENTRY(link, struct reply, link);
    return r->out;
}

struct reply *replies_add(struct replies *r, const struct control_peer *peer, enum wire_type type,
                          uint64_t request, enum err code)
{
    struct reply *reply = mem_alloc(sizeof *reply);

    list_init(&reply->link);
    list_push(&r->waiting, &reply->link);
    reply->peer = *peer;
    reply->type = type;
    reply->request = request;
    reply->code = code;
    buf_init(&reply->text, REPLY_TEXT_MAX);
    return reply;
}

void replies_add_text(struct replies *r, const struct control_peer *peer, uint64_t request,
                      enum err code, const char *text)
{
    struct reply *reply = replies_add(r, peer, WIRE_REPLY, request, code);

    buf_str(&reply->text, text);
}

bool replies_add_command(struct replies *r, const struct control_peer *peer, uint64_t request,
                         struct slice command, const struct slice *arguments, size_t count)
{
    struct reply *reply = replies_add(r, peer, WIRE_COMMAND, request, OK);

    assert(count <= REPLY_ARGUMENTS_MAX);
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
    free_reply(reply, NULL);
    return false;
}

/* ---- frames ---- */

static void records_frame(const struct reply *reply, const struct journal_state *journal,
                          struct wire_records *out)
{
    const struct broker_read *read = reply->read;

    out->request = reply->request;
    out->code = reply->code;
    out->epoch = journal->epoch;
    out->oldest = journal->oldest;
    out->head = journal->head;
    if (read == NULL || read->result != OK)
        return;
    out->next = read->page.next;
    out->oldest = read->page.oldest;
    out->entries = read->page.entries;
    out->count = read->page.count;
}

static void command_frame(struct reply *reply, struct wire_command *out)
{
    size_t at = reply->sizes[0];

    for (size_t i = 0; i < reply->argument_count; i++) {
        reply->arguments[i] = slice_of(reply->text.data + at, reply->sizes[i + 1]);
        at += reply->sizes[i + 1];
    }
    out->request = reply->request;
    out->name = slice_of(reply->text.data, reply->sizes[0]);
    out->arguments = reply->arguments;
    out->argument_count = reply->argument_count;
}

void reply_frame(struct reply *reply, const struct journal_state *journal,
                 const struct broker_config *config, struct wire_frame *out)
{
    memset(out, 0, sizeof *out);
    out->type = reply->type;
    if (reply->type == WIRE_RECORDS) {
        records_frame(reply, journal, &out->records);
    } else if (reply->type == WIRE_WELCOME) {
        out->welcome = (struct wire_welcome){.request = reply->request,
                                             .code = reply->code,
                                             .text = buf_all(&reply->text),
                                             .epoch = journal->epoch,
                                             .term = journal->term,
                                             .head = journal->head,
                                             .oldest = journal->oldest,
                                             .topic_records = config->topic_records,
                                             .topic_ms = config->topic_ms};
    } else if (reply->type == WIRE_COMMAND) {
        command_frame(reply, &out->command);
    } else {
        out->reply.request = reply->request;
        out->reply.code = buf_ok(&reply->text) ? reply->code : ERR_TOO_LARGE;
        out->reply.text = buf_all(&reply->text);
    }
}
