/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/mercure.h"

#include "common/selector.h"
#include "edge/mercure_text.h"

#define MODERN_MATCHERS_MAX 100

/* A cursor that stands for the begin of the log. */
static const struct slice earliest = SLICE_INIT("earliest");

enum mercure_dialect mercure_dialect_of(const struct form *query)
{
    const struct slice match = SLICE("match");

    for (size_t i = 0; i < query->count; i++) {
        struct slice name = query->fields[i].name;

        if (name.size >= match.size && slice_equal_nocase(slice_of(name.data, match.size), match))
            return MERCURE_MODERN;
    }
    return MERCURE_LEGACY;
}

/* ---- topics ---- */

static const char *check_topic(const struct form_field *field)
{
    if (selector_check(field->value) != OK)
        return "topic: must be * or 1 to 1024 bytes of UTF-8 without control characters";
    return NULL;
}

/* Selectors of ours take a URI template for one. */
static const char *check_match(const struct form_field *field)
{
    if (slice_equal(field->name, SLICE("match_urlpattern")))
        return "match_urlpattern: URL patterns are not supported yet; match, match_exact and topic "
               "are";
    if (!slice_equal(field->name, SLICE("match")) &&
        !slice_equal(field->name, SLICE("match_exact")))
        return "match: the matchers are match and match_exact";
    if (selector_check(field->value) != OK || !mercure_text_clean(field->value))
        return "match: must be * or 1 to 1024 bytes of UTF-8 without control and format characters";
    if (selector_kind(field->value) == SELECTOR_TEMPLATE)
        return "match: a topic that looks like a URI template can't be matched exactly yet";
    return NULL;
}

static bool is_selector(const struct form_field *field, enum mercure_dialect dialect)
{
    const struct slice match = SLICE("match");

    if (dialect == MERCURE_LEGACY)
        return slice_equal(field->name, SLICE("topic"));
    return field->name.size >= match.size &&
           slice_equal_nocase(slice_of(field->name.data, match.size), match);
}

const char *mercure_selectors(const struct form *query, enum mercure_dialect dialect, size_t max,
                              struct slice *selectors, size_t *out_count)
{
    bool modern = dialect == MERCURE_MODERN;
    size_t count = 0;

    if (modern && form_find(query, "topic").data != NULL)
        return "topic: not together with match, which belongs to another version of the protocol";
    for (size_t i = 0; i < query->count; i++) {
        const struct form_field *field = &query->fields[i];
        const char *complaint;

        if (!is_selector(field, dialect))
            continue;
        complaint = modern ? check_match(field) : check_topic(field);
        if (complaint != NULL)
            return complaint;
        if (count >= max || (modern && count >= MODERN_MATCHERS_MAX))
            return modern ? "match: more than one stream may have"
                          : "topic: more than one stream may have";
        selectors[count++] = field->value;
    }
    if (count == 0)
        return "topic: missing; name at least one topic (or match)";
    *out_count = count;
    return NULL;
}

/* ---- the place to go on ---- */

struct slice mercure_cursor(const struct http_message *message, const struct form *query,
                            enum mercure_dialect dialect)
{
    static const char *const names[] = {"lastEventID", "last_event_id", "Last-Event-ID",
                                        "lastEventId"};
    struct slice id = http_header(message, "Last-Event-ID");

    for (size_t i = 0; i < sizeof names / sizeof names[0] && id.size == 0; i++)
        id = form_find(query, names[i]);
    if (id.size > 0)
        return id;
    /* An empty value asks nothing of a hub of the older version. */
    return dialect == MERCURE_MODERN ? form_find(query, "last_event_id") : (struct slice){NULL, 0};
}

enum mercure_place mercure_place(struct slice cursor, const struct edge_status *status)
{
    struct epoch epoch;
    uint64_t offset;

    if (cursor.size == 0)
        return MERCURE_NOW;
    if (slice_equal(cursor, earliest))
        return MERCURE_BEGIN;
    if (event_id_parse(cursor, &epoch, &offset) != OK || !epoch_equal(epoch, status->epoch))
        return MERCURE_FOREIGN;
    return offset + 1 >= status->oldest && offset <= status->known_head ? MERCURE_KNOWN
                                                                        : MERCURE_GONE;
}

struct slice mercure_cursor_header(struct slice cursor, enum mercure_place place,
                                   const struct edge_status *status, char text[EVENT_ID_SIZE])
{
    if (place == MERCURE_KNOWN)
        return mercure_text_clean(cursor) ? cursor : earliest;
    if (place == MERCURE_NOW && status->head > 0)
        return slice_of(text, event_id_format(status->epoch, status->head, text));
    return earliest;
}

void mercure_write_head(struct buf *out, const char *extra, struct slice cursor)
{
    buf_str(out, "HTTP/1.1 200 OK\r\n"
                 "Content-Type: text/event-stream\r\n"
                 "Cache-Control: private, no-cache, no-store, must-revalidate, max-age=0, "
                 "no-transform\r\n"
                 "Pragma: no-cache\r\n"
                 "X-Accel-Buffering: no\r\n");
    if (cursor.data != NULL) {
        buf_str(out, "Last-Event-ID: ");
        buf_slice(out, cursor);
        buf_str(out, "\r\nMercure-Last-Event-ID: ");
        buf_slice(out, cursor);
        buf_str(out, "\r\n");
    }
    if (extra != NULL)
        buf_str(out, extra);
    buf_str(out, "Connection: close\r\n\r\n");
}
