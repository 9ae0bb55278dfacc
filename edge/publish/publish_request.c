/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/publish/publish_request.h"

#include "common/base/mem.h"
#include "edge/publish/publish_request_items.h"

#include <assert.h>

enum body_format { BODY_FORM, BODY_JSON, BODY_NDJSON, BODY_RAW };

/* ---- from the body to the core ---- */

static enum err find_format(const struct publish_input *r, enum body_format *out)
{
    if (media_type_is(r->content_type, "application/x-www-form-urlencoded"))
        *out = BODY_FORM;
    else if (media_type_is(r->content_type, "application/json"))
        *out = BODY_JSON;
    else if (media_type_is(r->content_type, "application/x-ndjson"))
        *out = BODY_NDJSON;
    else if (form_find(r->query, "topic").data != NULL)
        *out = BODY_RAW;
    else
        return ERR_INVALID;
    return OK;
}

static enum err count_lines(struct slice body, size_t *out)
{
    struct slice line;
    size_t count = 0;

    while (publish_body_next_line(&body, &line)) {
        if (++count > PUBLISH_BATCH_MAX)
            return ERR_TOO_MANY;
    }
    *out = count;
    return count > 0 ? OK : ERR_MALFORMED;
}

static enum err create(struct edge *edge, void *owner, size_t count, struct publish_request **out)
{
    struct publish_request *p = mem_try(sizeof *p + count * sizeof p->items[0]);

    if (p == NULL)
        return ERR_NO_MEMORY;
    *p = (struct publish_request){.edge = edge, .owner = owner, .count = count, .open = count};
    for (size_t i = 0; i < count; i++)
        p->items[i] = (struct publish_item){.owner = p};
    *out = p;
    return OK;
}

static void finish_item(struct publish_item *item, enum err result)
{
    assert(!item->done && item->owner != NULL);
    item->done = true;
    item->result = result;
    item->owner->open--;
}

/* If there is no memory for the reason, the response has the text of the error. */
static void set_reason(struct publish_item *item, const char *reason)
{
    size_t size = strlen(reason) + 1;

    item->reason = mem_try(size);
    if (item->reason != NULL)
        memcpy(item->reason, reason, size);
}

static enum err reject(struct publish_item *item, enum err err, const char *reason)
{
    set_reason(item, reason);
    return err;
}

static bool topics_granted(const struct grants *grants, const struct record *record)
{
    for (size_t i = 0; i < record->topic_count; i++) {
        if (grants == NULL || !grants_publish(grants, record->topics[i]))
            return false;
    }
    return true;
}

/* Checks the ids of the record against the current log. */
static enum err check_ids(struct publish_item *item, const struct publish_body *publish)
{
    const struct epoch current = edge_epoch(item->owner->edge);
    struct epoch epoch;
    uint64_t offset;

    if (event_id_parse(publish->record.id, &epoch, &offset) == OK && epoch_equal(epoch, current))
        return reject(item, ERR_INVALID, "id: must not look like an id of the log");
    if (epoch_known(publish->if_epoch) && !epoch_equal(publish->if_epoch, current))
        return reject(item, ERR_CONFLICT, "if_last: is an id of another log");
    return OK;
}

/* Checks whether the record may go to the core. */
static enum err admit(struct publish_item *item, uint64_t now_ms, const struct publish_input *r,
                      const struct publish_body *publish)
{
    uint64_t wait_ms = 0;
    enum err err;

    item->ephemeral = (publish->record.flags & RECORD_EPHEMERAL) != 0;
    if (!r->open && !topics_granted(r->grants, &publish->record))
        return reject(item, ERR_DENIED, "topic: the token does not allow publishing to it");
    err = check_ids(item, publish);
    if (err != OK || r->limits == NULL ||
        limits_publish(r->limits, now_ms, &r->client, item->ephemeral, &wait_ms))
        return err;
    item->wait_secs = (uint32_t)(wait_ms / 1000 + 1);
    return reject(item, ERR_BUSY, "too many records per second from this client; retry later");
}

#define NOT_QUEUED                                                                                 \
    "the broker can't be reached, or too many publishes are waiting: the record is not stored"

/* Submits a record. `err` is the result of reading it. */
static void submit(struct publish_item *item, uint64_t now_ms, const struct publish_input *r,
                   const struct publish_body *publish, enum err err)
{
    assert(item->owner != NULL);
    if (err != OK) {
        set_reason(item, publish->reason);
    } else {
        err = admit(item, now_ms, r, publish);
        if (err == OK)
            err = edge_publish(item->owner->edge, now_ms, &publish->record, item);
        if (err == ERR_UNAVAILABLE)
            set_reason(item, NOT_QUEUED);
    }
    if (err != OK)
        finish_item(item, err);
}

/* Reads a JSON object. One that is unusual or not valid is read twice, so that all error messages
 * come from publish_body_json(). */
static enum err read_json(struct publish_body *publish, const struct publish_input *r,
                          struct slice text)
{
    if (publish_body_json_fast(publish, text, r->data_max))
        return OK;
    return publish_body_json(publish, text, r->data_max);
}

static enum err publish_one(struct publish_request *p, uint64_t now_ms,
                            const struct publish_input *r, enum body_format format)
{
    struct publish_body publish;
    struct form form = {.count = 0};
    enum err err;

    publish_body_init(&publish, r->query, r->default_topic);
    if (format == BODY_FORM) {
        if (form_parse(r->body, &form) != OK)
            return ERR_MALFORMED;
        err = publish_body_form(&publish, &form, r->data_max);
    } else if (format == BODY_JSON) {
        err = read_json(&publish, r, r->body);
    } else {
        err = publish_body_raw(&publish, r->body, r->data_max);
    }
    submit(&p->items[0], now_ms, r, &publish, err);
    publish_body_clear(&publish);
    form_clear(&form);
    return OK;
}

static void publish_lines(struct publish_request *p, uint64_t now_ms, const struct publish_input *r)
{
    struct slice body = r->body;
    struct slice line;

    for (size_t i = 0; publish_body_next_line(&body, &line); i++) {
        struct publish_body publish;

        publish_body_init(&publish, r->query, r->default_topic);
        submit(&p->items[i], now_ms, r, &publish, read_json(&publish, r, line));
        publish_body_clear(&publish);
    }
}

/* ---- all or none ---- */

/* The arguments of edge_publish_group(). A struct publish_body takes 1.8 kB, so a batch of 1,000
 * records takes 1.8 MB during that call. */
struct group {
    struct publish_body *publishes;
    struct record *records;
    void **requests;
};

static void free_group(struct group *g)
{
    mem_free(g->publishes);
    mem_free(g->records);
    mem_free(g->requests);
}

static enum err make_group(size_t count, struct group *g)
{
    *g = (struct group){mem_try(count * sizeof *g->publishes), mem_try(count * sizeof *g->records),
                        mem_try(count * sizeof *g->requests)};
    if (g->publishes != NULL && g->records != NULL && g->requests != NULL)
        return OK;
    free_group(g);
    return ERR_NO_MEMORY;
}

/* Reads a line as record `i` of the group. */
static enum err read_line(struct publish_request *p, uint64_t now_ms, const struct publish_input *r,
                          struct slice line, size_t i, struct group *g)
{
    struct publish_item *item = &p->items[i];
    struct publish_body *publish = &g->publishes[i];
    enum err err = read_json(publish, r, line);

    if (err != OK)
        return reject(item, err, publish->reason);
    if (publish->record.flags & RECORD_EPHEMERAL)
        return reject(item, ERR_INVALID, "ephemeral: not allowed in an atomic batch");
    err = admit(item, now_ms, r, publish);
    g->records[i] = publish->record;
    g->requests[i] = item;
    return err;
}

static void finish_all(struct publish_request *p, enum err err)
{
    for (size_t i = 0; i < p->count; i++)
        finish_item(&p->items[i], err);
}

static void submit_group(struct publish_request *p, uint64_t now_ms, const struct publish_input *r,
                         struct group *g)
{
    struct slice body = r->body;
    struct slice line;
    enum err err = OK;
    size_t i = 0;

    for (; err == OK && publish_body_next_line(&body, &line); i++) {
        publish_body_init(&g->publishes[i], r->query, r->default_topic);
        err = read_line(p, now_ms, r, line, i, g);
        if (err != OK)
            p->rejected = &p->items[i];
    }
    if (err == OK)
        err = edge_publish_group(p->edge, now_ms, g->records, p->count, g->requests);
    if (err == ERR_UNAVAILABLE)
        set_reason(&p->items[0], NOT_QUEUED);
    if (err != OK)
        finish_all(p, err);
    while (i > 0)
        publish_body_clear(&g->publishes[--i]);
}

static enum err publish_atomic(struct publish_request *p, uint64_t now_ms,
                               const struct publish_input *r)
{
    struct group g;
    enum err err = make_group(p->count, &g);

    if (err != OK)
        return err;
    p->atomic = true;
    submit_group(p, now_ms, r, &g);
    free_group(&g);
    return OK;
}

enum err publish_request_start(struct edge *edge, uint64_t now_ms,
                               const struct publish_input *request, void *owner,
                               struct publish_request **out)
{
    struct publish_request *p = NULL;
    enum body_format format;
    size_t count = 1;
    enum err err = find_format(request, &format);

    if (err == OK && format == BODY_NDJSON)
        err = count_lines(request->body, &count);
    if (err == OK)
        err = create(edge, owner, count, &p);
    if (err != OK)
        return err;
    p->batch = format == BODY_NDJSON;
    if (p->batch && slice_equal(form_find(request->query, "atomic"), SLICE("1")))
        err = publish_atomic(p, now_ms, request);
    else if (p->batch)
        publish_lines(p, now_ms, request);
    else
        err = publish_one(p, now_ms, request, format);
    if (err == OK)
        *out = p;
    else
        mem_free(p); /* nothing has been submitted */
    return err;
}

enum err publish_request_start_text(struct edge *edge, uint64_t now_ms,
                                    const struct publish_input *request,
                                    const struct publish_body *publish, void *owner,
                                    struct publish_request **out)
{
    struct slice id = publish->record.id;
    struct publish_request *p = NULL;
    enum err err = create(edge, owner, 1, &p);

    if (err != OK)
        return err;
    p->text_id = mem_try(id.size + 1);
    if (p->text_id == NULL) {
        mem_free(p);
        return ERR_NO_MEMORY;
    }
    if (id.size > 0)
        memcpy(p->text_id, id.data, id.size);
    p->text_id[id.size] = '\0';
    submit(&p->items[0], now_ms, request, publish, OK);
    *out = p;
    return OK;
}

struct publish_request *publish_request_outcome(void *request, enum err result, struct epoch epoch,
                                                uint64_t offset)
{
    struct publish_item *item = request;

    item->epoch = epoch;
    item->offset = offset;
    finish_item(item, result);
    return item->owner;
}

bool publish_request_done(const struct publish_request *p)
{
    return p->open == 0;
}

void *publish_request_owner(const struct publish_request *p)
{
    return p->owner;
}

void publish_request_destroy(struct publish_request *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->count; i++) {
        if (!p->items[i].done)
            edge_forget(p->edge, &p->items[i]);
        mem_free(p->items[i].reason);
    }
    mem_free(p->text_id);
    mem_free(p);
}
