/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/shell/stream_inspect.h"

#include "common/topic/selector.h"
#include "edge/core/edge_state.h"
#include "edge/state/delivery.h"
#include "edge/state/stream.h"
#include "edge/state/stream_extra.h"
#include "edge/state/topics.h"

#include <inttypes.h>

static const struct subscription *subscriptions_of(const struct stream *s)
{
    return s->subscription_count == 1 ? &s->one : s->many;
}

static struct slice member_of(const struct stream *s)
{
    return s->extra == NULL ? (struct slice){NULL, 0} : stream_extra_member(s->extra);
}

/* ---- match ---- */

void stream_inspect_begin(struct stream_inspect *i, struct edge *e, struct slice topic,
                          struct slice member)
{
    *i = (struct stream_inspect){.edge = e, .selector = topic, .member = member};
    /* A topic that is created here also finds the patterns that match it. */
    if (topic.size > 0)
        i->topic = topics_get(&e->topics, topic);
}

void stream_inspect_end(struct stream_inspect *i)
{
    if (i->topic != NULL)
        topics_release(&i->edge->topics, i->topic);
    i->topic = NULL;
}

static bool delivers(const struct stream_inspect *i, const struct topic *subscribed)
{
    if (subscribed == i->topic || slice_equal(topic_selector(subscribed), i->selector))
        return true;
    for (uint32_t k = 0; k < i->topic->match_count; k++) {
        if (i->topic->matches[k] == subscribed)
            return true;
    }
    return false;
}

static bool receives_topic(const struct stream_inspect *i, const struct stream *s)
{
    if (s->everything)
        return true;
    for (size_t k = 0; k < s->subscription_count; k++) {
        if (delivers(i, subscriptions_of(s)[k].topic))
            return true;
    }
    return false;
}

bool stream_inspect_matches(const struct stream_inspect *i, const struct stream *s)
{
    if (i->member.size > 0 && !slice_equal(i->member, member_of(s)))
        return false;
    return i->topic == NULL || receives_topic(i, s);
}

/* ---- JSON ---- */

/* Returns the selector as users write it, without the marks of common/topic/selector.h. */
static struct slice plain_selector(const struct topic *topic)
{
    struct selector parts;

    return selector_parse(topic_selector(topic), &parts) == OK ? parts.text : topic_name(topic);
}

static void write_topics(const struct stream *s, struct buf *out)
{
    buf_str(out, "\"topics\":[");
    if (s->everything)
        buf_str(out, "\"*\"");
    for (size_t k = 0; !s->everything && k < s->subscription_count; k++) {
        if (k > 0)
            buf_char(out, ',');
        buf_json_string(out, plain_selector(subscriptions_of(s)[k].topic));
    }
    buf_char(out, ']');
}

/* A live stream that is neither blocked nor ready has all records up to the last batch
 * (edge/core/fanout.c). */
static uint64_t cursor_of(const struct edge *e, const struct stream *s)
{
    bool rests = delivery_idle(s);

    return rests && s->cursor < e->delivery.spread_head ? e->delivery.spread_head : s->cursor;
}

void stream_inspect_write(const struct edge *e, const struct stream *s, struct buf *out)
{
    static const char *const states[] = {[STREAM_LOCATING] = "locating",
                                         [STREAM_REPLAYING] = "replaying",
                                         [STREAM_LIVE] = "live",
                                         [STREAM_CLOSING] = "closing"};
    uint64_t cursor = cursor_of(e, s);
    uint64_t head = e->inbox.known_head;
    char id[EVENT_ID_SIZE];

    write_topics(s, out);
    (void)event_id_format(e->link.epoch, cursor, id);
    buf_printf(out, ",\"state\":\"%s\",\"cursor\":\"%s\",\"lag\":%" PRIu64 ",\"blocked\":%s",
               states[s->state], id, head > cursor ? head - cursor : 0,
               s->blocked ? "true" : "false");
    if (member_of(s).size > 0) {
        buf_str(out, ",\"member\":");
        buf_json_string(out, member_of(s));
    }
}
