/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/publishing.h"

#include "common/mem.h"

#include <assert.h>

struct item {
    struct publishing *owner; /* the item's address is the core's `request` */
    bool done;
    enum err result;
    struct epoch epoch;
    uint64_t offset;
    char *reason; /* what is wrong with the record, or NULL */
};

struct publishing {
    struct edge *edge;
    void *owner;
    bool batch;
    size_t count;
    size_t open; /* items without an outcome */
    struct item items[];
};

enum body_kind { BODY_FORM, BODY_JSON, BODY_NDJSON, BODY_RAW };

/* ---- from the body to the core ---- */

static enum err find_kind(const struct publishing_request *r, enum body_kind *out)
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

    while (publish_next_line(&body, &line)) {
        if (++count > PUBLISH_BATCH_MAX)
            return ERR_TOO_MANY;
    }
    *out = count;
    return count > 0 ? OK : ERR_MALFORMED;
}

static enum err create(struct edge *edge, void *owner, size_t count, struct publishing **out)
{
    struct publishing *p = mem_try(sizeof *p + count * sizeof p->items[0]);

    if (p == NULL)
        return ERR_NO_MEMORY;
    *p = (struct publishing){.edge = edge, .owner = owner, .count = count, .open = count};
    for (size_t i = 0; i < count; i++)
        p->items[i] = (struct item){.owner = p};
    *out = p;
    return OK;
}

static void settle(struct item *item, enum err result)
{
    assert(!item->done && item->owner != NULL);
    item->done = true;
    item->result = result;
    item->owner->open--;
}

/* Without memory for the words the error's own text has to do. */
static void keep_reason(struct item *item, const char *reason)
{
    size_t size = strlen(reason) + 1;

    item->reason = mem_try(size);
    if (item->reason != NULL)
        memcpy(item->reason, reason, size);
}

/* One record: `err` is what reading it gave. */
static void hand_over(struct item *item, uint64_t now_ms, const struct publish *publish,
                      enum err err)
{
    assert(item->owner != NULL);
    if (err != OK)
        keep_reason(item, publish->reason);
    else
        err = edge_publish(item->owner->edge, now_ms, &publish->record, item);
    if (err == ERR_UNAVAILABLE)
        keep_reason(item, "no broker, or too many publishes wait for it: the record is not stored");
    if (err != OK)
        settle(item, err);
}

static enum err publish_one(struct publishing *p, uint64_t now_ms,
                            const struct publishing_request *r, enum body_kind kind)
{
    struct publish publish;
    struct form form = {.count = 0};
    enum err err;

    publish_init(&publish, r->query, r->default_topic);
    if (kind == BODY_FORM) {
        if (form_parse(r->body, &form) != OK)
            return ERR_MALFORMED;
        err = publish_form(&publish, &form, r->data_max);
    } else if (kind == BODY_JSON) {
        err = r->read_json(&publish, r->body, r->data_max);
    } else {
        err = publish_raw(&publish, r->body, r->data_max);
    }
    hand_over(&p->items[0], now_ms, &publish, err);
    publish_clear(&publish);
    form_clear(&form);
    return OK;
}

static void publish_lines(struct publishing *p, uint64_t now_ms, const struct publishing_request *r)
{
    struct slice body = r->body;
    struct slice line;

    for (size_t i = 0; publish_next_line(&body, &line); i++) {
        struct publish publish;

        publish_init(&publish, r->query, r->default_topic);
        hand_over(&p->items[i], now_ms, &publish, r->read_json(&publish, line, r->data_max));
        publish_clear(&publish);
    }
}

enum err publishing_start(struct edge *edge, uint64_t now_ms,
                          const struct publishing_request *request, void *owner,
                          struct publishing **out)
{
    struct publishing *p = NULL;
    enum body_kind kind;
    size_t count = 1;
    enum err err = find_kind(request, &kind);

    if (err == OK && kind == BODY_NDJSON)
        err = count_lines(request->body, &count);
    if (err == OK)
        err = create(edge, owner, count, &p);
    if (err != OK)
        return err;
    p->batch = kind == BODY_NDJSON;
    if (p->batch)
        publish_lines(p, now_ms, request);
    else
        err = publish_one(p, now_ms, request, kind);
    if (err == OK)
        *out = p;
    else
        mem_free(p); /* nothing has been handed over */
    return err;
}

struct publishing *publishing_outcome(void *request, enum err result, struct epoch epoch,
                                      uint64_t offset)
{
    struct item *item = request;

    item->epoch = epoch;
    item->offset = offset;
    settle(item, result);
    return item->owner;
}

bool publishing_done(const struct publishing *p)
{
    return p->open == 0;
}

void *publishing_owner(const struct publishing *p)
{
    return p->owner;
}

void publishing_destroy(struct publishing *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->count; i++) {
        if (!p->items[i].done)
            edge_forget(p->edge, &p->items[i]);
        mem_free(p->items[i].reason);
    }
    mem_free(p);
}

/* ---- the response ---- */

struct verdict {
    int status;
    uint32_t retry_secs;
    const char *detail;
};

static struct verdict judge(const struct item *item)
{
    static const struct {
        enum err err;
        struct verdict verdict;
    } verdicts[] = {
        {ERR_TIMEOUT,
         {503, 1,
          "no answer from the broker in time: the record may be stored or not; "
          "with an id of your own you can safely send it again"}},
        {ERR_UNAVAILABLE,
         {503, 1,
          "the broker can't be reached now: the record may be stored or "
          "not; with an id of your own you can safely send it again"}},
        {ERR_CLOSED, {503, 1, "this edge is shutting down: send the record again"}},
        {ERR_EPOCH, {503, 1, "the log was replaced meanwhile: send the record again"}},
        {ERR_BUSY, {503, 1, "the broker has too much to do: send the record again"}},
        {ERR_NO_MEMORY, {503, 1, "no memory for the record: send it again later"}},
        {ERR_IO, {503, 1, "the log could not be written: the record is not stored"}},
        {ERR_READ_ONLY, {503, 1, "the log can't be written now: the record is not stored"}},
        {ERR_FULL, {507, 1, "the log's disk is full: the record is not stored"}},
        {ERR_TOO_LARGE, {413, 0, "the record is larger than the limit"}},
        {ERR_TOO_MANY, {400, 0, "the record has more of something than the limit"}},
        {ERR_INVALID, {400, 0, "the record is not valid"}},
        {ERR_MALFORMED, {400, 0, "the record is not valid"}},
        {ERR_DENIED, {403, 0, "not allowed to publish this"}},
    };
    struct verdict v = {500, 0, err_text(item->result)};

    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
        if (verdicts[i].err == item->result)
            v = verdicts[i].verdict;
    }
    if (item->reason != NULL)
        v.detail = item->reason;
    return v;
}

static bool is_stored(const struct item *item)
{
    return item->result == OK || item->result == ERR_DUPLICATE;
}

static void write_stored(const struct item *item, struct buf *out)
{
    char id[EVENT_ID_SIZE];
    size_t size = event_id_format(item->epoch, item->offset, id);

    buf_str(out, "{\"id\":");
    buf_json_string(out, slice_of(id, size));
    buf_str(out, ",\"offset\":");
    buf_u64(out, item->offset);
    buf_str(out, ",\"duplicate\":");
    buf_str(out, item->result == ERR_DUPLICATE ? "true}\n" : "false}\n");
}

static void write_line(const struct item *item, struct buf *out)
{
    struct verdict v;

    if (is_stored(item)) {
        write_stored(item, out);
        return;
    }
    v = judge(item);
    problem_document(out, v.status, v.detail);
    buf_char(out, '\n');
}

static void respond_problem(const struct item *item, const struct response *base, struct buf *out)
{
    struct verdict v = judge(item);
    struct response r = *base;

    r.retry_secs = v.retry_secs;
    response_problem(out, &r, v.status, v.detail);
}

void publishing_respond(const struct publishing *p, const struct response *base, struct buf *out)
{
    struct response r = *base;
    struct buf body;

    assert(p->open == 0);
    if (!p->batch && !is_stored(&p->items[0])) {
        respond_problem(&p->items[0], base, out);
        return;
    }
    buf_init(&body, PUBLISHING_RESPONSE_MAX);
    for (size_t i = 0; i < p->count; i++)
        write_line(&p->items[i], &body);
    r.status = 200;
    r.type = p->batch ? "application/x-ndjson" : "application/json";
    r.body = buf_all(&body);
    response_write(out, &r);
    if (!buf_ok(&body))
        out->failed = true;
    buf_clear(&body);
}
