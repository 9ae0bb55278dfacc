/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/mercure/mercure.h"

#include "common/topic/selector.h"
#include "edge/mercure/mercure_charset.h"

#include <assert.h>
#include <stdio.h>

#define MODERN_MATCHERS_MAX 100

/* The cursor for the beginning of the log. */
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

static bool reject(struct mercure_selectors *selectors, const char *reason)
{
    (void)snprintf(selectors->reason, sizeof selectors->reason, "%s", reason);
    return false;
}

static bool add(struct mercure_selectors *selectors, struct slice selector)
{
    assert(selectors->count < selectors->max);
    selectors->list[selectors->count++] = selector;
    return true;
}

/* Adds the selector that was appended to selectors->marked after `start`. Only its size is known
 * while the buffer grows; place_marked() sets the pointers. */
static bool add_marked(struct mercure_selectors *selectors, size_t start)
{
    return add(selectors, slice_of(NULL, selectors->marked.size - start));
}

static bool add_topic(struct mercure_selectors *selectors, struct slice topic)
{
    if (selector_check(topic) != OK)
        return reject(selectors,
                      "topic: must be * or 1 to 1024 bytes of UTF-8 without control characters");
    return add(selectors, topic);
}

static bool add_exact(struct mercure_selectors *selectors, struct slice topic)
{
    size_t start = selectors->marked.size;

    if (selector_check(topic) != OK || !mercure_charset_allows(topic))
        return reject(selectors, "match: must be * or 1 to 1024 bytes of UTF-8 without control and "
                                 "format characters");
    selector_write_exact(topic, &selectors->marked);
    return add_marked(selectors, start);
}

static bool add_pattern(struct mercure_selectors *selectors, struct slice pattern,
                        struct slice hub_url)
{
    const char *reason = "must be a pattern of 1 to 1024 bytes of UTF-8";
    size_t start = selectors->marked.size;
    struct urlpattern compiled;
    struct url base;
    enum err err = selector_check(pattern);

    if (err == OK && !mercure_charset_allows(pattern))
        err = ERR_INVALID;
    if (err == OK && !selector_is_all(pattern)) {
        err = url_parse(hub_url, NULL, &base);
        if (err == OK)
            err = urlpattern_compile(pattern, &base, &compiled, &reason);
        if (err == OK)
            urlpattern_free(&compiled);
    }
    if (err != OK) {
        (void)snprintf(selectors->reason, sizeof selectors->reason, "match_urlpattern: %s", reason);
        return false;
    }
    selector_write_urlpattern(hub_url, pattern, &selectors->marked);
    return add_marked(selectors, start);
}

static bool add_match(struct mercure_selectors *selectors, const struct form_field *field,
                      struct slice hub_url)
{
    if (slice_equal(field->name, SLICE("match_urlpattern")))
        return add_pattern(selectors, field->value, hub_url);
    if (slice_equal(field->name, SLICE("match")) || slice_equal(field->name, SLICE("match_exact")))
        return add_exact(selectors, field->value);
    return reject(selectors, "match: unknown matcher; use match, match_exact or match_urlpattern");
}

static bool is_selector(const struct form_field *field, enum mercure_dialect dialect)
{
    const struct slice match = SLICE("match");

    if (dialect == MERCURE_LEGACY)
        return slice_equal(field->name, SLICE("topic"));
    return field->name.size >= match.size &&
           slice_equal_nocase(slice_of(field->name.data, match.size), match);
}

/* All selectors of the modern dialect are in selectors->marked, one after the other. */
static bool place_marked(struct mercure_selectors *selectors)
{
    const char *at = selectors->marked.data;

    if (!buf_ok(&selectors->marked))
        return reject(selectors, "match: out of memory");
    for (size_t i = 0; i < selectors->count; i++) {
        selectors->list[i].data = at;
        at += selectors->list[i].size;
    }
    return true;
}

bool mercure_read_selectors(const struct form *query, enum mercure_dialect dialect,
                            struct slice hub_url, struct mercure_selectors *selectors)
{
    bool modern = dialect == MERCURE_MODERN;

    selectors->count = 0;
    if (modern && form_find(query, "topic").data != NULL)
        return reject(selectors, "topic: cannot be combined with match, which belongs to another "
                                 "version of the protocol");
    for (size_t i = 0; i < query->count; i++) {
        const struct form_field *field = &query->fields[i];

        if (!is_selector(field, dialect))
            continue;
        if (selectors->count >= selectors->max ||
            (modern && selectors->count >= MODERN_MATCHERS_MAX))
            return reject(selectors, modern ? "match: too many topics for one stream"
                                            : "topic: too many topics for one stream");
        if (modern ? !add_match(selectors, field, hub_url) : !add_topic(selectors, field->value))
            return false;
    }
    if (selectors->count == 0)
        return reject(selectors, "topic: missing; give at least one topic or match");
    return !modern || place_marked(selectors);
}

/* ---- position ---- */

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
    /* An empty value means nothing in the older dialect. */
    return dialect == MERCURE_MODERN ? form_find(query, "last_event_id") : (struct slice){NULL, 0};
}

enum mercure_cursor_kind mercure_cursor_kind(struct slice cursor, const struct edge_status *status)
{
    struct epoch epoch;
    uint64_t offset;

    if (cursor.size == 0)
        return MERCURE_CURSOR_NONE;
    if (slice_equal(cursor, earliest))
        return MERCURE_CURSOR_EARLIEST;
    if (event_id_parse(cursor, &epoch, &offset) != OK || !epoch_equal(epoch, status->epoch))
        return MERCURE_CURSOR_FOREIGN;
    return offset + 1 >= status->oldest && offset <= status->known_head ? MERCURE_CURSOR_KNOWN
                                                                        : MERCURE_CURSOR_GONE;
}

struct slice mercure_cursor_header(struct slice cursor, enum mercure_cursor_kind place,
                                   const struct edge_status *status, char text[EVENT_ID_SIZE])
{
    if (place == MERCURE_CURSOR_KNOWN)
        return mercure_charset_allows(cursor) ? cursor : earliest;
    if (place == MERCURE_CURSOR_NONE && status->head > 0)
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
