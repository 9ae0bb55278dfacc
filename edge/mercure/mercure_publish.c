/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Reads and checks Mercure publishes. */

#include "edge/mercure/mercure.h"

#include "common/topic/url.h"
#include "edge/mercure/mercure_charset.h"

#include <stdio.h>

/* ---- reading ---- */

/* Sets the field, unless the value is empty: of several fields with one name, the first that is not
 * empty counts. */
static void take_first(struct slice value, struct slice *field)
{
    if (field->data == NULL && value.size > 0)
        *field = value;
}

static enum err take_field(struct publish_body *p, const struct form_field *f, struct slice *retry)
{
    if (slice_equal(f->name, SLICE("topic")))
        return publish_body_add_topic(p, f->value);
    if (slice_equal(f->name, SLICE("private")))
        p->record.flags |= RECORD_PRIVATE; /* whatever its value is */
    else if (slice_equal(f->name, SLICE("data")))
        take_first(f->value, &p->record.data);
    else if (slice_equal(f->name, SLICE("id")))
        take_first(f->value, &p->record.id);
    else if (slice_equal(f->name, SLICE("type")))
        take_first(f->value, &p->record.type);
    else if (slice_equal(f->name, SLICE("retry")))
        take_first(f->value, retry);
    return OK;
}

static enum err read_fields(struct publish_body *p, const struct form *form)
{
    struct slice retry = {NULL, 0};
    enum err err = OK;

    for (size_t i = 0; i < form->count && err == OK; i++)
        err = take_field(p, &form->fields[i], &retry);
    if (err == OK && p->record.topic_count == 0)
        err = publish_body_fail(p, ERR_INVALID, "topic: missing");
    if (err == OK && retry.size > 0)
        err = publish_body_set_retry(p, retry);
    if (p->record.data.data == NULL)
        p->record.data = SLICE("");
    return err;
}

int mercure_read_form(struct publish_body *p, struct slice content_type, struct slice body)
{
    struct form form;
    enum err err;

    if (!media_type_is(content_type, "application/x-www-form-urlencoded")) {
        (void)snprintf(p->reason, sizeof p->reason,
                       "Content-Type must be application/x-www-form-urlencoded");
        return 400;
    }
    err = form_parse(body, &form);
    if (err != OK) {
        (void)snprintf(p->reason, sizeof p->reason,
                       "the body is not percent-encoded, or has more than 1000 fields");
        return err == ERR_NO_MEMORY ? 503 : 400;
    }
    err = read_fields(p, &form);
    p->bytes = form.bytes;
    buf_init(&form.bytes, 0);
    form_clear(&form);
    return err == OK ? 0 : 400;
}

/* ---- reserved topics ---- */

static bool has_text(struct slice s, struct slice part)
{
    for (size_t at = 0; at + part.size <= s.size; at++) {
        if (memcmp(s.data + at, part.data, part.size) == 0)
            return true;
    }
    return false;
}

/* Appends the path, and decodes in it the percent-encoded characters that need no encoding. */
static void normalize_path(struct slice path, struct buf *out)
{
    for (size_t i = 0; i < path.size; i++) {
        size_t before = out->size;

        if (path.data[i] == '%' && i + 2 < path.size &&
            percent_decode(slice_of(path.data + i, 3), false, out) == OK &&
            out->size == before + 1 && percent_unreserved(out->data[before])) {
            i += 2;
            continue;
        }
        if (out->size > before)
            out->size = before;
        buf_char(out, path.data[i]);
    }
}

static bool is_below_hub(struct slice path)
{
    const struct slice hub = SLICE(MERCURE_PATH);

    return slice_starts(path, hub) && (path.size == hub.size || path.data[hub.size] == '/');
}

/* Reads the topic as a URL. Only the path matters, since a host can have names that the hub does
 * not know. */
static bool names_hub(struct slice topic)
{
    struct url base;
    struct url url;
    struct buf path;
    bool found;

    if (url_parse(SLICE("https://hub.invalid" MERCURE_PATH), NULL, &base) != OK ||
        url_parse(topic, &base, &url) != OK || url.opaque)
        return false;
    buf_init(&path, URL_TEXT_MAX);
    normalize_path(url.path, &path);
    found = is_below_hub(buf_all(&path));
    buf_clear(&path);
    return found;
}

bool mercure_reserved(struct slice topic, enum mercure_dialect dialect)
{
    if (dialect == MERCURE_LEGACY)
        return has_text(topic, SLICE(MERCURE_PATH));
    return names_hub(topic);
}

/* ---- checks ---- */

static int refuse(struct mercure_refusal *out, int status, enum mercure_code code,
                  const char *detail)
{
    (void)mercure_refuse(out, status, code, detail);
    return status;
}

static bool all_granted(const struct record *record, const struct access *access)
{
    for (size_t i = 0; i < record->topic_count && !access->open; i++) {
        if (access->grants == NULL || !grants_publish(access->grants, record->topics[i]))
            return false;
    }
    return true;
}

static bool any_reserved(const struct record *record, enum mercure_dialect dialect)
{
    for (size_t i = 0; i < record->topic_count; i++) {
        if (mercure_reserved(record->topics[i], dialect))
            return true;
    }
    return false;
}

/* Checks what only the modern dialect forbids. Returns a reason, or NULL. */
static const char *check_modern(const struct record *record)
{
    if (!mercure_charset_allows(record->id) || !mercure_charset_allows(record->type))
        return "id, type: must be UTF-8 without control and format characters";
    if (record->id.size > 0 && record->id.data[0] == '#')
        return "id: must not begin with #";
    if (slice_equal(record->type, SLICE("mercure")))
        return "type: mercure is reserved for the hub";
    return NULL;
}

static int check_values(struct publish_body *p, enum mercure_dialect dialect, size_t data_max,
                        struct mercure_refusal *out)
{
    bool modern = dialect == MERCURE_MODERN;
    const char *reason = modern ? check_modern(&p->record) : NULL;

    if (reason == NULL && slice_equal(p->record.id, SLICE("earliest")))
        reason = "id: earliest is reserved for the beginning of the log";
    if (reason != NULL)
        return refuse(out, 400, MERCURE_NO_CODE, reason);
    if (publish_body_finish(p, data_max) == OK)
        return 0;
    return refuse(out, modern && p->record.data.size > data_max ? 413 : 400, MERCURE_NO_CODE,
                  p->reason);
}

int mercure_check_publish(struct publish_body *p, const struct access *access,
                          enum mercure_dialect dialect, size_t data_max,
                          struct mercure_refusal *out_refusal)
{
    bool modern = dialect == MERCURE_MODERN;

    if (!all_granted(&p->record, access))
        return refuse(out_refusal, modern ? 403 : 401,
                      modern ? MERCURE_INSUFFICIENT_SCOPE : MERCURE_INVALID_TOKEN,
                      "topic: the token does not allow publishing to it");
    if (any_reserved(&p->record, dialect))
        return refuse(out_refusal, modern ? 400 : 403, MERCURE_NO_CODE,
                      "topic: everything below " MERCURE_PATH " is reserved for the hub");
    return check_values(p, dialect, data_max, out_refusal);
}
