/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/ephemeral_fanout.h"

#include "common/base/mem.h"
#include "common/topic/selector.h"
#include "edge/core/canary_exchange.h"
#include "edge/core/edge_state.h"
#include "edge/state/delivery.h"
#include "edge/state/ephemeral.h"
#include "edge/state/sse.h"
#include "edge/state/stream.h"
#include "edge/state/stream_extra.h"
#include "edge/state/topics.h"

#define ADDRESS_MAX 8192 /* size of a subscription_event's topic: 3 bytes for 1 of a selector */
#define DOCUMENT_MAX (1u << 20)

/* Copies the event that has just been made in `e->sse`. Returns NULL when there is no memory. */
static struct ephemeral_text *text_of(struct edge *e)
{
    return buf_ok(&e->sse) ? ephemeral_text_create(buf_all(&e->sse)) : NULL;
}

/* Makes the event of a record that each stream gets once. Returns NULL when there is no memory. */
static struct ephemeral_text *begin_record(struct edge *e, const struct record *record)
{
    buf_reset(&e->sse);
    ephemeral_begin(&e->ephemeral);
    sse_ephemeral(&e->sse, record);
    return text_of(e);
}

static void send_to(struct edge *e, const struct topic *topic, struct ephemeral_text *text,
                    const struct record *record)
{
    for (uint32_t i = 0; i < topic->listener_count; i++) {
        struct stream *s = topic->listeners[i].stream;

        if ((record->flags & RECORD_PRIVATE) &&
            !stream_granted(s, record->topics, record->topic_count))
            continue;
        if (ephemeral_first(&e->ephemeral, s))
            ephemeral_add(&e->ephemeral, s, text);
    }
}

static void send_record(struct edge *e, const struct record *record)
{
    struct ephemeral_text *text = begin_record(e, record);

    if (text == NULL)
        return;
    for (uint32_t i = 0; i < record->topic_count; i++) {
        struct topic *topic = topics_get(&e->topics, record->topics[i]);

        send_to(e, topic, text, record);
        for (uint32_t k = 0; k < topic->match_count; k++)
            send_to(e, topic->matches[k], text, record);
        topics_release(&e->topics, topic);
    }
    send_to(e, e->topics.all, text, record);
    ephemeral_text_unref(text);
}

void ephemeral_fanout_records(struct edge *e, const struct wire_ephemeral_batch *frame)
{
    struct slice names[RECORD_TOPICS_MAX];
    struct record record;

    for (size_t i = 0; i < frame->count; i++) {
        if (wire_decode_body(e->decoder, frame->bodies[i], names, &record) != OK) {
            e->metrics.malformed++;
        } else if (!canary_exchange_take(e, &record)) {
            e->counters.ephemeral_received++;
            send_record(e, &record);
        }
    }
}

static void send_presence(struct edge *e, struct slice name, const struct wire_presence *frame)
{
    struct topic *topic = topics_get(&e->topics, name);
    struct wire_presence named = *frame;
    struct ephemeral_text *text;

    named.topic = name;
    buf_reset(&e->sse);
    sse_presence(&e->sse, &named);
    text = text_of(e);
    for (uint32_t i = 0; text != NULL && i < topic->listener_count; i++) {
        struct stream *s = topic->listeners[i].stream;

        if (s->extra != NULL && s->extra->presence)
            ephemeral_add(&e->ephemeral, s, text);
    }
    if (text != NULL)
        ephemeral_text_unref(text);
    topics_release(&e->topics, topic);
}

/* ---- subscriptions of others ---- */

static void send_to_watchers(struct edge *e, const struct topic *topic, struct slice address,
                             enum watch watch, struct ephemeral_text *text)
{
    for (uint32_t i = 0; i < topic->listener_count; i++) {
        struct stream *s = topic->listeners[i].stream;

        if (s->extra == NULL || s->extra->watch != watch || !stream_granted(s, &address, 1))
            continue;
        if (ephemeral_first(&e->ephemeral, s))
            ephemeral_add(&e->ephemeral, s, text);
    }
}

/* Queues an event about a subscription. It is private: only streams that are granted its topic get
 * it. */
static void send_update(struct edge *e, enum watch watch, const struct subscription_event *event)
{
    const struct record record = {.type = event->type, .data = buf_all(&event->data)};
    struct slice address = buf_all(&event->topic);
    struct ephemeral_text *text = begin_record(e, &record);
    struct topic *topic;

    if (text == NULL)
        return;
    topic = topics_get(&e->topics, address);
    send_to_watchers(e, topic, address, watch, text);
    for (uint32_t k = 0; k < topic->match_count; k++)
        send_to_watchers(e, topic->matches[k], address, watch, text);
    send_to_watchers(e, e->topics.all, address, watch, text);
    topics_release(&e->topics, topic);
    ephemeral_text_unref(text);
}

static void send_subscription(struct edge *e, const struct wire_presence *frame, enum watch watch)
{
    struct subscription_event event = {.type = {NULL, 0}};

    if (e->extras.watches[watch] == 0 || e->config.describe == NULL)
        return;
    buf_init(&event.topic, ADDRESS_MAX);
    buf_init(&event.data, DOCUMENT_MAX);
    if (e->config.describe(frame, watch, &event) && buf_ok(&event.topic) && buf_ok(&event.data))
        send_update(e, watch, &event);
    buf_clear(&event.topic);
    buf_clear(&event.data);
}

void ephemeral_fanout_presence(struct edge *e, const struct wire_presence *frame)
{
    struct selector selector;

    if (selector_parse(frame->topic, &selector) != OK) {
        e->metrics.malformed++;
        return;
    }
    if (selector.kind == SELECTOR_EXACT && e->extras.presence > 0)
        send_presence(e, selector.text, frame);
    send_subscription(e, frame, WATCH_LEGACY);
    send_subscription(e, frame, WATCH_MODERN);
}

void ephemeral_fanout_event(struct edge *e, struct slice topic, struct slice type,
                            struct slice data)
{
    const struct record record = {.type = type, .data = data};
    struct ephemeral_text *text = begin_record(e, &record);
    struct topic *listened;

    if (text == NULL)
        return;
    listened = topics_get(&e->topics, topic);
    send_to(e, listened, text, &record);
    topics_release(&e->topics, listened);
    ephemeral_text_unref(text);
}

/* ---- sending ---- */

bool ephemeral_fanout_next(struct edge *e, struct edge_action *out)
{
    struct stream *s = ephemeral_next(&e->ephemeral, &e->sse);

    if (s == NULL)
        return false;
    e->counters.ephemeral_delivered++;
    s->tick = e->delivery.tick;
    out->type = EDGE_TEXT;
    out->text = (struct edge_text_action){.stream = s, .owner = s->owner, .text = buf_all(&e->sse)};
    return true;
}
