/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/publish/publish_body.h"

#include "common/topic/topic.h"
#include "edge/state/canary.h"

#include <assert.h>
#include <stdio.h>

void publish_body_init(struct publish_body *p, const struct form *query, struct slice default_topic)
{
    p->record = (struct record){.topics = p->topics};
    p->reason[0] = '\0';
    p->if_epoch = (struct epoch){{0}};
    p->query = query;
    p->default_topic = default_topic;
    buf_init(&p->bytes, 0);
}

void publish_body_clear(struct publish_body *p)
{
    buf_clear(&p->bytes);
}

enum err publish_body_fail(struct publish_body *p, enum err err, const char *reason)
{
    (void)snprintf(p->reason, sizeof p->reason, "%s", reason);
    return err;
}

enum err publish_body_refuse(struct publish_body *p, const char *field, const char *what)
{
    (void)snprintf(p->reason, sizeof p->reason, "%s: %s", field, what);
    return ERR_INVALID;
}

static enum err too_large(struct publish_body *p, const char *field, size_t max)
{
    (void)snprintf(p->reason, sizeof p->reason, "%s: larger than %zu bytes", field, max);
    return ERR_TOO_LARGE;
}

/* Sets the reason for an error of record_check(). */
static enum err explain(struct publish_body *p, const char *field, enum err err)
{
    static const struct {
        const char *field;
        size_t max;
        const char *rule;
    } rules[] = {
        {"topic", TOPIC_SIZE_MAX,
         "must be 1 to 1024 bytes of UTF-8 without control characters, and not *"},
        {"id", RECORD_ID_SIZE_MAX, "must be UTF-8 without CR, LF and NUL"},
        {"type", RECORD_TYPE_SIZE_MAX, "must be UTF-8 without CR, LF and NUL"},
        {"data", 0, "must be UTF-8"},
    };

    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strcmp(field, rules[i].field) == 0)
            return err == ERR_TOO_LARGE ? too_large(p, field, rules[i].max)
                                        : publish_body_refuse(p, field, rules[i].rule);
    }
    return publish_body_refuse(p, field, err_text(err));
}

/* ---- what the readers share ---- */

enum err publish_body_add_topic(struct publish_body *p, struct slice topic)
{
    if (canary_is_topic(topic))
        return publish_body_fail(p, ERR_INVALID, "topic: " CANARY_TOPIC " is reserved for the hub");
    for (size_t i = 0; i < p->record.topic_count; i++) {
        if (slice_equal(p->topics[i], topic))
            return OK;
    }
    if (p->record.topic_count >= RECORD_TOPICS_MAX) {
        (void)snprintf(p->reason, sizeof p->reason, "topic: more than %d topics",
                       RECORD_TOPICS_MAX);
        return ERR_TOO_MANY;
    }
    p->topics[p->record.topic_count++] = topic;
    return OK;
}

enum err publish_body_set_retry(struct publish_body *p, struct slice text)
{
    uint64_t number;

    if (number_parse(text, PUBLISH_RETRY_MS_MAX, &number) != OK) {
        (void)snprintf(p->reason, sizeof p->reason,
                       "retry: must be a number of milliseconds from 0 to %u",
                       PUBLISH_RETRY_MS_MAX);
        return ERR_INVALID;
    }
    p->record.retry_ms = (uint32_t)number;
    return OK;
}

enum err publish_body_set_ttl(struct publish_body *p, struct slice text)
{
    uint64_t number;

    if (number_parse(text, PUBLISH_TTL_SECS_MAX, &number) != OK || number == 0) {
        (void)snprintf(p->reason, sizeof p->reason, "ttl: must be a number of seconds from 1 to %u",
                       PUBLISH_TTL_SECS_MAX);
        return ERR_INVALID;
    }
    p->record.ttl_ms = number * 1000;
    return OK;
}

enum err publish_body_set_if_last(struct publish_body *p, struct slice id)
{
    p->record.flags |= RECORD_IF_LAST;
    p->record.if_last = 0;
    p->if_epoch = (struct epoch){{0}};
    if (id.size > 0 && event_id_parse(id, &p->if_epoch, &p->record.if_last) != OK)
        return publish_body_refuse(p, "if_last",
                                   "must be an id of the log, or empty if there is no record yet");
    return OK;
}

/* Refuses the fields that only make sense for a stored record: id, ttl and if_last. */
static enum err check_ephemeral(struct publish_body *p)
{
    if (p->record.id.data != NULL)
        return publish_body_refuse(p, "id", "not allowed for an ephemeral record");
    if (p->record.ttl_ms != 0)
        return publish_body_refuse(p, "ttl", "not allowed for an ephemeral record");
    if (p->record.flags & RECORD_IF_LAST)
        return publish_body_refuse(p, "if_last", "not allowed for an ephemeral record");
    return OK;
}

static enum err add_other_topics(struct publish_body *p)
{
    enum err err = OK;

    for (size_t i = 0; i < p->query->count && err == OK; i++) {
        if (slice_equal(p->query->fields[i].name, SLICE("topic")))
            err = publish_body_add_topic(p, p->query->fields[i].value);
    }
    if (err == OK && p->record.topic_count == 0)
        err = publish_body_add_topic(p, p->default_topic);
    return err;
}

enum err publish_body_finish(struct publish_body *p, size_t data_max)
{
    const char *field;
    enum err err = OK;

    if (p->record.topic_count == 0)
        err = add_other_topics(p);
    if (err != OK)
        return err;
    if (p->record.flags & RECORD_EPHEMERAL)
        err = check_ephemeral(p);
    if (err != OK)
        return err;
    if (p->record.data.size > data_max)
        return too_large(p, "data", data_max);
    err = record_check(&p->record, &field);
    return err == OK ? OK : explain(p, field, err);
}

/* ---- form and raw body ---- */

static bool is_one_of(struct slice text, const char *const words[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal_nocase(text, slice_str(words[i])))
            return true;
    }
    return false;
}

/* A checkbox sends "on" or any value if it is checked, and nothing otherwise. */
static enum err set_flag(struct publish_body *p, const char *name, uint32_t flag, struct slice text)
{
    static const char *const yes[] = {"on", "true", "1", "yes"};
    static const char *const no[] = {"off", "false", "0", "no", ""};

    if (is_one_of(text, yes, sizeof yes / sizeof yes[0]))
        p->record.flags |= flag;
    else if (!is_one_of(text, no, sizeof no / sizeof no[0]))
        return publish_body_refuse(p, name, "must be on or off");
    return OK;
}

static enum err take_text(struct publish_body *p, const char *name, struct slice value,
                          struct slice *field)
{
    if (field->data != NULL)
        return publish_body_refuse(p, name, "given more than once");
    *field = value;
    return OK;
}

/* Reads any field except the data. */
static enum err take_field(struct publish_body *p, const struct form_field *f)
{
    if (slice_equal(f->name, SLICE("topic")))
        return publish_body_add_topic(p, f->value);
    if (slice_equal(f->name, SLICE("type")))
        return take_text(p, "type", f->value, &p->record.type);
    if (slice_equal(f->name, SLICE("id")))
        return take_text(p, "id", f->value, &p->record.id);
    if (slice_equal(f->name, SLICE("retry")))
        return f->value.size == 0 ? OK : publish_body_set_retry(p, f->value);
    if (slice_equal(f->name, SLICE("private")))
        return set_flag(p, "private", RECORD_PRIVATE, f->value);
    if (slice_equal(f->name, SLICE("ephemeral")))
        return set_flag(p, "ephemeral", RECORD_EPHEMERAL, f->value);
    if (slice_equal(f->name, SLICE("ttl")))
        return f->value.size == 0 ? OK : publish_body_set_ttl(p, f->value);
    if (slice_equal(f->name, SLICE("if_last")))
        return publish_body_set_if_last(p, f->value);
    return OK;
}

/* An empty id or type means the same as none. */
static void drop_empty(struct record *record)
{
    if (record->id.size == 0)
        record->id = (struct slice){NULL, 0};
    if (record->type.size == 0)
        record->type = (struct slice){NULL, 0};
}

enum err publish_body_form(struct publish_body *p, const struct form *form, size_t data_max)
{
    struct slice message = {NULL, 0};

    assert(p->record.topic_count == 0 && p->record.data.data == NULL);
    for (size_t i = 0; i < form->count; i++) {
        const struct form_field *f = &form->fields[i];
        enum err err;

        if (slice_equal(f->name, SLICE("data")))
            err = take_text(p, "data", f->value, &p->record.data);
        else if (slice_equal(f->name, SLICE("message")))
            err = take_text(p, "message", f->value, &message);
        else
            err = take_field(p, f);
        if (err != OK)
            return err;
    }
    if (p->record.data.data == NULL)
        p->record.data = message;
    if (p->record.data.data == NULL)
        return publish_body_fail(p, ERR_INVALID, "data: missing");
    drop_empty(&p->record);
    return publish_body_finish(p, data_max);
}

enum err publish_body_raw(struct publish_body *p, struct slice body, size_t data_max)
{
    assert(p->record.topic_count == 0 && p->record.data.data == NULL);
    for (size_t i = 0; i < p->query->count; i++) {
        enum err err = take_field(p, &p->query->fields[i]);

        if (err != OK)
            return err;
    }
    p->record.data = body;
    drop_empty(&p->record);
    return publish_body_finish(p, data_max);
}

/* ---- NDJSON ---- */

static bool is_blank(struct slice line)
{
    for (size_t i = 0; i < line.size; i++) {
        if (line.data[i] != ' ' && line.data[i] != '\t' && line.data[i] != '\r')
            return false;
    }
    return true;
}

bool publish_body_next_line(struct slice *body, struct slice *out_line)
{
    while (slice_next(body, '\n', out_line)) {
        if (!is_blank(*out_line))
            return true;
    }
    return false;
}
