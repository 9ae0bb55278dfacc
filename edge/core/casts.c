/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/core.h"

#include "common/base/mem.h"
#include "common/topic/matcher.h"
#include "edge/core/sse.h"

#define ADDRESS_MAX 8192 /* of a subscription: a selector's bytes take three each */
#define DOCUMENT_MAX (1u << 20)

/* Events that have no place in the log: ephemeral records, and comings and goings. Each goes to the streams that
 * can take it now; nobody waits for them. */

static void drop_text(struct cast_text *text)
{
    if (--text->refs == 0)
        mem_free(text);
}

static void add_cast(struct edge *e, struct stream *s, struct cast_text *text)
{
    if (s->blocked || s->sent > 0 || s->state != STREAM_LIVE || e->cast_count >= EDGE_CASTS_MAX) {
        e->counters.casts_dropped++;
        return;
    }
    if (e->cast_count == e->cast_capacity) {
        size_t capacity = e->cast_capacity == 0 ? 256 : e->cast_capacity * 2;
        struct cast *bigger = mem_try_resize(e->casts, capacity * sizeof *bigger);

        if (bigger == NULL) {
            e->counters.casts_dropped++;
            return;
        }
        e->casts = bigger;
        e->cast_capacity = capacity;
    }
    e->casts[e->cast_count++] = (struct cast){s, text};
    text->refs++;
}

static struct cast_text *text_of(struct edge *e)
{
    struct cast_text *text;

    if (!buf_ok(&e->sse))
        return NULL;
    text = mem_try(sizeof *text + e->sse.size);
    if (text == NULL)
        return NULL;
    text->refs = 1;
    text->size = e->sse.size;
    memcpy(text->text, e->sse.data, text->size);
    return text;
}

static void cast_to(struct edge *e, const struct topic *topic, struct cast_text *text,
                    const struct record *record)
{
    for (uint32_t i = 0; i < topic->listener_count; i++) {
        struct stream *s = topic->listeners[i].stream;

        if ((record->flags & RECORD_PRIVATE) &&
            !stream_granted(s, record->topics, record->topic_count))
            continue;
        if (s->last_cast == e->last_cast)
            continue; /* it has come by another topic */
        s->last_cast = e->last_cast;
        add_cast(e, s, text);
    }
}

static void cast_record(struct edge *e, const struct record *record)
{
    struct cast_text *text;

    buf_reset(&e->sse);
    e->last_cast++;
    sse_ephemeral(&e->sse, record);
    text = text_of(e);
    if (text == NULL)
        return;
    for (uint32_t i = 0; i < record->topic_count; i++) {
        struct topic *topic = topics_get(&e->topics, record->topics[i]);

        cast_to(e, topic, text, record);
        for (uint32_t k = 0; k < topic->match_count; k++)
            cast_to(e, topic->matches[k], text, record);
        topics_release(&e->topics, topic);
    }
    cast_to(e, e->topics.all, text, record);
    drop_text(text);
}

void casts_ephemeral(struct edge *e, const struct wire_cast *frame)
{
    struct slice names[RECORD_TOPICS_MAX];
    struct record record;

    for (size_t i = 0; i < frame->count; i++) {
        if (wire_decode_body(e->decoder, frame->bodies[i], names, &record) != OK) {
            e->figures.malformed++;
        } else if (!figures_take_canary(e, &record)) {
            e->counters.casts_received++;
            cast_record(e, &record);
        }
    }
}

static void cast_presence(struct edge *e, struct slice name, const struct wire_presence *frame)
{
    struct topic *topic = topics_get(&e->topics, name);
    struct wire_presence named = *frame;
    struct cast_text *text;

    named.topic = name;
    buf_reset(&e->sse);
    sse_presence(&e->sse, &named);
    text = text_of(e);
    for (uint32_t i = 0; text != NULL && i < topic->listener_count; i++) {
        struct stream *s = topic->listeners[i].stream;

        if (s->extra != NULL && s->extra->presence)
            add_cast(e, s, text);
    }
    if (text != NULL)
        drop_text(text);
    topics_release(&e->topics, topic);
}

/* ---- others' subscriptions ---- */

static void cast_to_watchers(struct edge *e, const struct topic *topic, struct slice address,
                             enum watch watch, struct cast_text *text)
{
    for (uint32_t i = 0; i < topic->listener_count; i++) {
        struct stream *s = topic->listeners[i].stream;

        if (s->extra == NULL || s->extra->watch != watch || s->last_cast == e->last_cast ||
            !stream_granted(s, &address, 1))
            continue;
        s->last_cast = e->last_cast;
        add_cast(e, s, text);
    }
}

/* An update on the subscription's own topic, private as all of these are. */
static void cast_update(struct edge *e, enum watch watch, const struct subscription_event *event)
{
    const struct record record = {.type = event->type, .data = buf_all(&event->data)};
    struct slice address = buf_all(&event->topic);
    struct topic *topic;
    struct cast_text *text;

    buf_reset(&e->sse);
    e->last_cast++;
    sse_ephemeral(&e->sse, &record);
    text = text_of(e);
    if (text == NULL)
        return;
    topic = topics_get(&e->topics, address);
    cast_to_watchers(e, topic, address, watch, text);
    for (uint32_t k = 0; k < topic->match_count; k++)
        cast_to_watchers(e, topic->matches[k], address, watch, text);
    cast_to_watchers(e, e->topics.all, address, watch, text);
    topics_release(&e->topics, topic);
    drop_text(text);
}

static void cast_subscription(struct edge *e, const struct wire_presence *frame, enum watch watch)
{
    struct subscription_event event = {.type = {NULL, 0}};

    if (e->watchers[watch] == 0 || e->config.describe == NULL)
        return;
    buf_init(&event.topic, ADDRESS_MAX);
    buf_init(&event.data, DOCUMENT_MAX);
    if (e->config.describe(frame, watch, &event) && buf_ok(&event.topic) && buf_ok(&event.data))
        cast_update(e, watch, &event);
    buf_clear(&event.topic);
    buf_clear(&event.data);
}

void casts_presence(struct edge *e, const struct wire_presence *frame)
{
    struct selector selector;

    if (selector_parse(frame->topic, &selector) != OK) {
        e->figures.malformed++;
        return;
    }
    if (selector.kind == SELECTOR_EXACT && e->presence_streams > 0)
        cast_presence(e, selector.text, frame);
    cast_subscription(e, frame, WATCH_LEGACY);
    cast_subscription(e, frame, WATCH_MODERN);
}

void casts_tell(struct edge *e, struct slice topic, struct slice type, struct slice data)
{
    const struct record record = {.topics = &topic, .topic_count = 1, .type = type, .data = data};

    cast_record(e, &record);
}

/* ---- sending ---- */

bool casts_next(struct edge *e, struct edge_action *out)
{
    while (e->cast_at < e->cast_count) {
        struct cast *cast = &e->casts[e->cast_at++];
        struct stream *s = cast->stream;

        /* Its records come first, so that what was published in order is seen in order. */
        if (s != NULL && !s->blocked && s->sent == 0 && s->state == STREAM_LIVE) {
            buf_reset(&e->sse);
            buf_append(&e->sse, cast->text->text, cast->text->size);
        } else {
            s = NULL;
        }
        drop_text(cast->text);
        if (s == NULL || !buf_ok(&e->sse)) {
            e->counters.casts_dropped++;
            continue;
        }
        e->counters.casts_delivered++;
        s->tick = e->delivery.tick;
        out->type = EDGE_TEXT;
        out->stream = s;
        out->owner = s->owner;
        out->text = buf_all(&e->sse);
        return true;
    }
    e->cast_at = e->cast_count = 0;
    return false;
}

void casts_drop(struct edge *e, const struct stream *s)
{
    for (size_t i = e->cast_at; i < e->cast_count; i++) {
        if (e->casts[i].stream == s)
            e->casts[i].stream = NULL;
    }
}

void casts_clear(struct edge *e)
{
    while (e->cast_at < e->cast_count)
        drop_text(e->casts[e->cast_at++].text);
    mem_free(e->casts);
}
