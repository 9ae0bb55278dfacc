/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/replies.h"

#include "common/base/mem.h"

#include <assert.h>
#include <string.h>

/* A read, followed by the memory of its selectors. */
struct read_job {
    struct broker_read read; /* the part that the shell sees */
    struct list link;
    struct slice selectors[]; /* followed by their bytes */
};

void replies_init(struct replies *r)
{
    *r = (struct replies){0};
    list_init(&r->waiting);
    list_init(&r->reads_waiting);
}

static void free_read(struct replies *r, struct broker_read *read)
{
    struct read_job *job = LIST_ENTRY(read, struct read_job, read);

    assert(r->read_count > r->reads_waiting_count);
    journal_page_clear(&read->page);
    mem_free(read->topics);
    mem_free(job);
    r->read_count--;
}

static void free_reply(struct replies *r, struct reply *reply)
{
    if (reply->read != NULL)
        free_read(r, reply->read);
    buf_clear(&reply->text);
    mem_free(reply);
}

void replies_clear(struct replies *r)
{
    struct broker_read *read;

    replies_release(r);
    while (replies_next(r) != NULL)
        replies_release(r);
    while ((read = replies_next_read(r)) != NULL)
        free_read(r, read);
    assert(r->read_count == 0);
}

void replies_check(const struct replies *r)
{
    for (struct list *i = r->waiting.next; i != &r->waiting; i = i->next)
        assert(LIST_ENTRY(i, struct reply, link)->argument_count <= REPLY_ARGUMENTS_MAX);
    assert(r->reads_waiting_count <= r->read_count);
    assert(list_empty(&r->reads_waiting) == (r->reads_waiting_count == 0));
}

void replies_release(struct replies *r)
{
    if (r->out != NULL)
        free_reply(r, r->out);
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
    free_reply(r, reply);
    return false;
}

/* ---- reads ---- */

/* Copies the selectors, since the frame's bytes are valid only during the call. */
struct broker_read *replies_create_read(const struct slice *selectors, size_t count)
{
    size_t bytes = 0;
    struct read_job *job;
    char *text;

    for (size_t i = 0; i < count; i++)
        bytes += selectors[i].size;
    job = mem_try(sizeof *job + count * sizeof *selectors + bytes);
    if (job == NULL)
        return NULL;
    memset(job, 0, sizeof *job);
    list_init(&job->link);
    text = (char *)(job->selectors + count);
    for (size_t i = 0; i < count; i++) {
        memcpy(text, selectors[i].data, selectors[i].size);
        job->selectors[i] = slice_of(text, selectors[i].size);
        text += selectors[i].size;
    }
    job->read.query.selectors = job->selectors;
    job->read.query.selector_count = count;
    journal_page_init(&job->read.page);
    return &job->read;
}

void replies_start_read(struct replies *r, struct broker_read *read)
{
    list_push(&r->reads_waiting, &LIST_ENTRY(read, struct read_job, read)->link);
    r->reads_waiting_count++;
    r->read_count++;
}

struct broker_read *replies_next_read(struct replies *r)
{
    struct list *link = list_shift(&r->reads_waiting);

    if (link == NULL)
        return NULL;
    r->reads_waiting_count--;
    return &LIST_ENTRY(link, struct read_job, link)->read;
}

struct reply *replies_finish_read(struct replies *r, enum wire_type type, struct broker_read *read,
                                  enum err code)
{
    struct reply *reply = replies_add(r, &read->peer, type, read->request, code);

    reply->read = read;
    return reply;
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
