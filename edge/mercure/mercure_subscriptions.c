/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/mercure/mercure_subscriptions.h"

#include "common/topic/subscriber_uuid.h"
#include "edge/http/request.h"

#include <assert.h>

#define PARTS_MAX 3
#define ADDRESS_MAX (2 * SELECTOR_SIZE_MAX + SUBSCRIBER_UUID_TEXT_SIZE)
#define BAD_SELECTOR                                                                               \
    "subscriptions: must be a topic of 1 to 1024 bytes of UTF-8 without control characters"

/* ---- documents ---- */

static const char *type_name(enum selector_kind kind)
{
    switch (kind) {
    case SELECTOR_TEMPLATE:
        return "template";
    case SELECTOR_URLPATTERN:
        return "urlpattern";
    case SELECTOR_EXACT:
    case SELECTOR_ALL:
        break;
    }
    return "exact";
}

bool mercure_subscription_names(struct slice text, bool modern, struct selector *out)
{
    if (selector_parse(text, out) != OK)
        return false;
    return modern ||
           out->text.data == text.data; /* the older dialect cannot express marked selectors */
}

void mercure_subscription_id(const struct mercure_subscription *s, bool modern, struct buf *out)
{
    buf_str(out, MERCURE_SUBSCRIPTIONS_PATH "/");
    if (modern) {
        buf_str(out, type_name(s->selector.kind));
        buf_char(out, '/');
    }
    percent_encode(s->selector.text, out);
    buf_char(out, '/');
    percent_encode(s->subscriber, out);
}

static void write_member(const char *name, struct slice text, struct buf *out)
{
    buf_printf(out, ",\"%s\":", name);
    buf_json_string(out, text);
}

static void write_begin(bool modern, struct buf *out)
{
    buf_str(out, modern ? "{\"id\":" : "{\"@context\":\"https://mercure.rocks/\",\"id\":");
}

void mercure_subscription_write(const struct mercure_subscription *s, bool modern,
                                struct slice last_event_id, struct buf *out)
{
    write_begin(modern, out);
    buf_char(out, '"'); /* the address contains nothing that JSON escapes */
    mercure_subscription_id(s, modern, out);
    buf_char(out, '"');
    write_member("type", modern ? SLICE("subscription") : SLICE("Subscription"), out);
    if (modern)
        write_member("match_type", slice_str(type_name(s->selector.kind)), out);
    write_member(modern ? "match" : "topic", s->selector.text, out);
    write_member("subscriber", s->subscriber, out);
    buf_printf(out, ",\"active\":%s", s->active ? "true" : "false");
    if (!modern && last_event_id.size > 0)
        write_member("lastEventID", last_event_id, out);
    if (s->payload.size > 0) {
        buf_str(out, ",\"payload\":");
        buf_slice(out, s->payload);
    }
    buf_char(out, '}');
}

bool mercure_subscription_event(const struct wire_presence *presence, enum watch dialect,
                                struct subscription_event *out)
{
    const struct subscriber_uuid subscriber = subscriber_uuid_of(presence->member);
    char name[SUBSCRIBER_UUID_TEXT_SIZE];
    struct mercure_subscription s = {.subscriber = subscriber_uuid_format(&subscriber, name),
                                     .payload = presence->payload,
                                     .active = presence->joined != 0};
    bool modern = dialect == WATCH_MODERN;

    if (!mercure_subscription_names(presence->topic, modern, &s.selector))
        return false;
    if (modern)
        out->type = SLICE("mercure");
    mercure_subscription_id(&s, modern, &out->topic);
    mercure_subscription_write(&s, modern, (struct slice){NULL, 0}, &out->data);
    return true;
}

void mercure_collection_begin(const struct mercure_collection *c, struct buf *out)
{
    write_begin(c->modern, out);
    buf_json_string(out, c->id);
    write_member("type", c->modern ? SLICE("subscriptions") : SLICE("Subscriptions"), out);
    if (!c->modern)
        write_member("lastEventID", c->last_event_id, out);
    if (c->next.size > 0)
        write_member("next", c->next, out);
    buf_str(out, ",\"subscriptions\":[");
}

void mercure_collection_end(struct buf *out)
{
    buf_str(out, "]}\n");
}

/* ---- addresses ---- */

static bool is_match_type(struct slice text)
{
    return slice_equal(text, SLICE("exact")) || slice_equal(text, SLICE("urlpattern")) ||
           slice_equal(text, SLICE("template"));
}

/* Splits what follows MERCURE_SUBSCRIPTIONS_PATH into parts, not decoded. Returns their number, or
 * PARTS_MAX + 1. */
static size_t split(struct slice path, struct slice parts[PARTS_MAX])
{
    const size_t prefix = strlen(MERCURE_SUBSCRIPTIONS_PATH "/");
    struct slice rest = {NULL, 0};
    struct slice part;
    size_t count = 0;

    if (path.size >= prefix)
        rest = slice_of(path.data + prefix, path.size - prefix);
    while (slice_next(&rest, '/', &part)) {
        if (count == PARTS_MAX || part.size == 0)
            return PARTS_MAX + 1;
        parts[count++] = part;
    }
    return count;
}

static bool is_subscriber(struct slice part)
{
    struct subscriber_uuid subscriber;
    struct buf text;
    bool found;

    buf_init(&text, SUBSCRIBER_UUID_TEXT_SIZE);
    found = percent_decode(part, false, &text) == OK && buf_ok(&text) &&
            subscriber_uuid_parse(buf_all(&text), &subscriber) == OK;
    buf_clear(&text);
    return found;
}

static bool looks_modern(const struct slice *parts, size_t count)
{
    return count == 3 || (count == 2 && is_match_type(parts[0]) && !is_subscriber(parts[1]));
}

bool mercure_path_is_modern(struct slice path)
{
    struct slice parts[PARTS_MAX] = {{NULL, 0}};

    return looks_modern(parts, split(path, parts));
}

static int fail(int status, const char *reason, const char **out_reason)
{
    *out_reason = reason;
    return status;
}

/* Appends the selector of a modern address. Returns false if it is not valid. */
static bool write_match(struct slice type, struct slice match, struct slice hub_url,
                        struct buf *out)
{
    if (slice_equal(type, SLICE("template"))) {
        buf_slice(out, match);
        return selector_kind(match) == SELECTOR_TEMPLATE;
    }
    if (slice_equal(type, SLICE("exact")))
        selector_write_exact(match, out);
    else
        selector_write_urlpattern(hub_url, match, out);
    return true;
}

/* Decodes the parts and makes a selector from them. `a->bytes` has room for everything. */
static int take_parts(const struct slice *parts, size_t count, struct slice hub_url,
                      struct mercure_address *a, const char **out_reason)
{
    size_t at = a->modern ? 1 : 0;
    struct slice match;
    size_t start;

    if (percent_decode(parts[at], false, &a->bytes) != OK)
        return fail(400, "subscriptions: the path is not percent-encoded", out_reason);
    match = buf_all(&a->bytes);
    if (!buf_ok(&a->bytes) || selector_check(match) != OK)
        return fail(400, BAD_SELECTOR, out_reason);
    start = a->bytes.size;
    if (a->modern && !write_match(parts[0], match, hub_url, &a->bytes))
        return fail(404, "subscriptions: not a URI template", out_reason);
    a->selector = a->modern ? slice_of(a->bytes.data + start, a->bytes.size - start) : match;
    if (count == at + 1)
        return 0;
    start = a->bytes.size;
    if (percent_decode(parts[at + 1], false, &a->bytes) != OK)
        return fail(400, "subscriptions: the path is not percent-encoded", out_reason);
    a->subscriber = slice_of(a->bytes.data + start, a->bytes.size - start);
    return buf_ok(&a->bytes) ? 0 : fail(404, "subscriptions: no such subscriber", out_reason);
}

int mercure_address_parse(struct slice path, enum mercure_reading reading, struct slice hub_url,
                          struct mercure_address *out, const char **out_reason)
{
    struct slice parts[PARTS_MAX] = {{NULL, 0}};
    size_t count = split(path, parts);
    int status;

    assert(slice_starts(path, SLICE(MERCURE_SUBSCRIPTIONS_PATH)));
    *out = (struct mercure_address){.modern = reading == MERCURE_READ_MODERN};
    if (reading == MERCURE_READ_PATH)
        out->modern = looks_modern(parts, count);
    if (count > (out->modern ? 3 : 2) || (out->modern && count == 1))
        return fail(404, "subscriptions: not found", out_reason);
    if (count == 0)
        return 0;
    if (out->modern && !is_match_type(parts[0]))
        return fail(400, "subscriptions: unknown match type; use exact, urlpattern or template",
                    out_reason);
    buf_init(&out->bytes, ADDRESS_MAX);
    /* Reserved at once, so that the slices stay valid. */
    if (buf_reserve(&out->bytes, ADDRESS_MAX) == NULL)
        return fail(503, "out of memory; retry later", out_reason);
    status = take_parts(parts, count, hub_url, out, out_reason);
    if (status != 0)
        mercure_address_clear(out);
    return status;
}

void mercure_address_clear(struct mercure_address *a)
{
    buf_clear(&a->bytes);
    a->selector = a->subscriber = (struct slice){NULL, 0};
}
