/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Writes the response to a publish from the outcomes of its records. */

#include "edge/publish/publish_request.h"

#include "edge/publish/publish_request_items.h"

#include <assert.h>

struct reply {
    int status;
    uint32_t retry_secs;
    const char *detail;
};

static struct reply reply_to(const struct publish_item *item)
{
    static const struct {
        enum err err;
        struct reply reply;
    } replies[] = {
        {ERR_TIMEOUT,
         {503, 1,
          "the broker did not reply in time: the record may or may not be stored; "
          "with an id of your own you can safely retry"}},
        {ERR_UNAVAILABLE,
         {503, 1,
          "the broker can't be reached: the record may or may not be stored; "
          "with an id of your own you can safely retry"}},
        {ERR_CLOSED, {503, 1, "this edge is shutting down; retry later"}},
        {ERR_EPOCH, {503, 1, "the log was replaced; retry later"}},
        {ERR_BUSY, {503, 1, "the broker is overloaded; retry later"}},
        {ERR_NO_MEMORY, {503, 1, "out of memory; retry later"}},
        {ERR_IO, {503, 1, "writing the log failed: the record is not stored"}},
        {ERR_READ_ONLY, {503, 1, "the log is read-only: the record is not stored"}},
        {ERR_FULL, {507, 1, "the disk of the log is full: the record is not stored"}},
        {ERR_TOO_LARGE, {413, 0, "the record is larger than the limit"}},
        {ERR_TOO_MANY, {400, 0, "a list in the record is too long"}},
        {ERR_INVALID, {400, 0, "the record is not valid"}},
        {ERR_MALFORMED, {400, 0, "the record is not valid"}},
        {ERR_DENIED, {403, 0, "publishing this is not allowed"}},
        {ERR_CONFLICT, {409, 0, "if_last: the last record of the topic is a different one"}},
    };
    struct reply reply = {500, 0, err_text(item->result)};

    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        if (replies[i].err == item->result)
            reply = replies[i].reply;
    }
    if (item->reason != NULL)
        reply.detail = item->reason;
    if (item->wait_secs > 0)
        reply = (struct reply){429, item->wait_secs, reply.detail};
    return reply;
}

static bool is_stored(const struct publish_item *item)
{
    return item->result == OK || item->result == ERR_DUPLICATE;
}

static void write_stored(const struct publish_item *item, struct buf *out)
{
    char id[EVENT_ID_SIZE];

    if (item->ephemeral) {
        buf_str(out, "{\"id\":null,\"ephemeral\":true}\n");
        return;
    }
    buf_str(out, "{\"id\":\"");
    buf_append(out, id, event_id_format(item->epoch, item->offset, id));
    buf_str(out, "\",\"offset\":");
    buf_u64(out, item->offset);
    buf_str(out,
            item->result == ERR_DUPLICATE ? ",\"duplicate\":true}\n" : ",\"duplicate\":false}\n");
}

/* Writes the member `last`: the id to give in the next if_last. It is "" if the topic has no
 * record, and null if the given id belongs to another log. */
static void write_last(const struct publish_item *item, struct buf *out)
{
    char id[EVENT_ID_SIZE] = "";

    if (!epoch_known(item->epoch)) {
        buf_str(out, ",\"last\":null");
        return;
    }
    if (item->offset > 0)
        (void)event_id_format(item->epoch, item->offset, id);
    buf_printf(out, ",\"last\":\"%s\"", id);
}

/* Writes further members of a record's problem document. */
static void write_extension(const struct publish_request *p, const struct publish_item *item,
                            struct buf *out)
{
    if (item->result == ERR_CONFLICT)
        write_last(item, out);
    if (p->atomic)
        buf_printf(out, ",\"record\":%zu", (size_t)(item - p->items) + 1);
}

#define EXTENSION_MAX 128
#define LINE_MAX 512

static void write_line(const struct publish_request *p, const struct publish_item *item,
                       struct buf *out)
{
    struct reply reply;
    struct buf extension;

    if (is_stored(item)) {
        write_stored(item, out);
        return;
    }
    reply = reply_to(item);
    buf_init(&extension, EXTENSION_MAX);
    write_extension(p, item, &extension);
    problem_document(out, &(struct problem){reply.status, reply.detail, buf_all(&extension)});
    buf_char(out, '\n');
    buf_clear(&extension);
}

static void respond_problem(const struct publish_request *p, const struct publish_item *item,
                            const struct response *base, struct buf *out)
{
    struct reply reply = reply_to(item);
    struct response r = *base;
    struct buf extension;

    buf_init(&extension, EXTENSION_MAX);
    write_extension(p, item, &extension);
    r.retry_secs = reply.retry_secs;
    response_problem(out, &r, &(struct problem){reply.status, reply.detail, buf_all(&extension)});
    buf_clear(&extension);
}

/* Writes the response for Mercure's publishers. */
static void respond_text(const struct publish_request *p, const struct response *base,
                         struct buf *out)
{
    const struct publish_item *item = &p->items[0];
    struct response r = *base;
    char id[EVENT_ID_SIZE];
    struct buf line;

    buf_init(&line, LINE_MAX);
    r.status = 200;
    r.type = "text/plain; charset=utf-8";
    r.body = slice_str(p->text_id);
    if (!is_stored(item)) {
        struct reply reply = reply_to(item);

        buf_str(&line, reply.detail);
        buf_char(&line, '\n');
        r.status = reply.status;
        r.retry_secs = reply.retry_secs;
        r.body = buf_all(&line);
    } else if (r.body.size == 0) {
        r.body = slice_of(id, event_id_format(item->epoch, item->offset, id));
    }
    response_write(out, &r);
    buf_clear(&line);
}

/* Returns the record whose problem is the response to the complete request, or NULL. */
static const struct publish_item *find_failure(const struct publish_request *p)
{
    if (p->rejected != NULL)
        return p->rejected;
    for (size_t i = 0; i < p->count && (p->atomic || !p->batch); i++) {
        if (!is_stored(&p->items[i]))
            return &p->items[i];
    }
    return NULL;
}

void publish_request_respond(const struct publish_request *p, const struct response *base,
                             struct buf *out)
{
    const struct publish_item *failure = find_failure(p);
    struct response r = *base;
    struct buf body;

    assert(p->open == 0);
    if (p->text_id != NULL) {
        respond_text(p, base, out);
        return;
    }
    if (failure != NULL) {
        respond_problem(p, failure, base, out);
        return;
    }
    buf_init(&body, PUBLISH_RESPONSE_MAX);
    for (size_t i = 0; i < p->count; i++)
        write_line(p, &p->items[i], &body);
    r.status = 200;
    r.type = p->batch ? "application/x-ndjson" : "application/json";
    r.body = buf_all(&body);
    response_write(out, &r);
    if (!buf_ok(&body))
        out->failed = true;
    buf_clear(&body);
}
