/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/session.h"

#include "common/base/mem.h"
#include "common/token/grants.h"
#include "common/topic/selector.h"
#include "common/wire/session_id.h"
#include "edge/core/edge_state.h"
#include "edge/core/stats_feed.h"
#include "edge/core/transition.h"
#include "edge/state/delivery.h"
#include "edge/state/presence.h"
#include "edge/state/sse.h"
#include "edge/state/stream.h"
#include "edge/state/stream_extra.h"
#include "edge/state/topics.h"

#include <inttypes.h>
#include <stdio.h>

/* Returns the member's payload for one selector: its own if it has one, otherwise the token's,
 * which may differ by selector. */
static struct slice payload_of(const struct stream_extra *x, struct slice selector)
{
    if (x->payload_size > 0 || x->grants == NULL)
        return slice_of(x->payload_size > 0 ? x->text + x->member_size : NULL, x->payload_size);
    return grants_payload(x->grants, selector);
}

static struct slice selector_of(const struct stream *s, const struct topic *topic)
{
    return s->everything ? SLICE("*") : topic_selector(topic);
}

static void count_member(struct edge *e, struct stream *s, bool add)
{
    const struct subscription *subscriptions = stream_subscriptions(s);

    if (s->extra == NULL || s->extra->member_size == 0)
        return;
    for (size_t i = 0; i < s->subscription_count; i++) {
        struct slice selector = selector_of(s, subscriptions[i].topic);

        if (add)
            presence_add(&e->presence, selector, stream_extra_member(s->extra),
                         payload_of(s->extra, selector));
        else
            presence_remove(&e->presence, selector, stream_extra_member(s->extra));
    }
}

static bool wants_extra(const struct subscribe *spec)
{
    return spec->grants != NULL || spec->expires_ms != 0 || spec->hello || spec->presence ||
           spec->member.size > 0 || spec->watch != WATCH_NOTHING || spec->stats;
}

enum err session_open(struct edge *e, struct stream *s, const struct subscribe *spec)
{
    struct stream_extra *x;

    s->open = spec->open;
    s->publisher_ids = spec->publisher_ids;
    if (!wants_extra(spec))
        return OK;
    x = stream_extra_create(s, spec->member, spec->payload);
    if (x == NULL)
        return ERR_NO_MEMORY;
    x->grants = spec->grants == NULL ? NULL : grants_ref(spec->grants);
    x->presence = spec->presence;
    x->watch = (uint8_t)spec->watch;
    x->stats = spec->stats;
    extra_table_add(&e->extras, x);
    extra_table_expire(&e->extras, x, spec->expires_ms);
    if (x->stats)
        stats_feed_open(e);
    if (spec->hello) {
        x->hello_due = s->sync_due = true;
        extra_table_add_session(&e->extras, x, &e->config.hash_key);
    }
    s->extra = x;
    count_member(e, s, true);
    return OK;
}

void session_close(struct edge *e, struct stream *s)
{
    struct stream_extra *x = s->extra;

    if (x == NULL)
        return;
    count_member(e, s, false);
    if (x->stats)
        stats_feed_close(e);
    extra_table_remove(&e->extras, x);
    s->extra = NULL;
}

void session_draw_member(struct edge *e, char out[SUBSCRIBER_UUID_TEXT_SIZE])
{
    const struct subscriber_uuid drawn =
        subscriber_uuid_random(&e->config.hash_key, ++e->last_drawn);

    (void)subscriber_uuid_format(&drawn, out);
}

static bool text_action(struct edge *e, struct stream *s, struct edge_action *out)
{
    s->tick = e->delivery.tick;
    out->type = EDGE_TEXT;
    out->text =
        (struct edge_text_action){.stream = s, .owner = s->owner, .text = buf_all(&e->text)};
    return true;
}

bool session_hello(struct edge *e, struct stream *s, struct edge_action *out)
{
    char session[EDGE_SESSION_SIZE];

    if (s->extra == NULL || !s->extra->hello_due)
        return false;
    s->extra->hello_due = false;
    (void)snprintf(session, sizeof session, "%016" PRIx64 "-%" PRIu64, e->config.incarnation,
                   s->extra->session);
    buf_reset(&e->text);
    sse_hello(&e->text, session, e->link.epoch, e->inbox.known_head);
    return text_action(e, s, out);
}

bool session_sync(struct edge *e, struct stream *s, struct edge_action *out)
{
    if (!s->sync_due)
        return false;
    s->sync_due = false;
    buf_reset(&e->text);
    sse_sync(&e->text, e->link.epoch, s->cursor);
    return text_action(e, s, out);
}

void session_tick(struct edge *e)
{
    struct list expired;
    struct list *node;

    list_init(&expired);
    extra_table_take_expired(&e->extras, e->now_ms, &expired);
    while ((node = list_shift(&expired)) != NULL) {
        struct stream *s = LIST_ENTRY(node, struct stream_extra, expiring)->stream;

        if (s->state != STREAM_CLOSING) /* otherwise it has ended already */
            transition_close(e, s);
    }
}

/* ---- changing a live stream ---- */

enum err session_local(const struct edge *e, struct slice session, bool *out_local)
{
    uint64_t incarnation;
    uint64_t number;

    if (session_id_parse(session, &incarnation, &number) != OK)
        return ERR_INVALID;
    *out_local = incarnation == e->config.incarnation;
    return OK;
}

static struct stream_extra *find_session(const struct edge *e, struct slice session)
{
    uint64_t incarnation;
    uint64_t number;

    if (session_id_parse(session, &incarnation, &number) != OK ||
        incarnation != e->config.incarnation)
        return NULL;
    return extra_table_find(&e->extras, number);
}

enum err session_grants(const struct edge *e, struct slice session, struct grants **out)
{
    const struct stream_extra *x = find_session(e, session);

    if (x == NULL)
        return ERR_NOT_FOUND;
    *out = x->grants;
    return OK;
}

static bool contains(const struct slice *texts, size_t count, struct slice text)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(texts[i], text))
            return true;
    }
    return false;
}

/* Collects the selectors that the stream will have: those that stay, then those that are added.
 * Their bytes may belong to topics that are about to be freed, so they are copied into `bytes`. */
static enum err new_selectors(struct edge *e, struct stream *s, const struct session_change *change,
                              struct buf *bytes, struct slice *selectors, size_t *out_count)
{
    const struct subscription *subscriptions = stream_subscriptions(s);
    size_t count = 0;
    size_t at = 0;

    for (size_t i = 0; i < s->subscription_count + change->add_count; i++) {
        struct slice name = i < s->subscription_count ? selector_of(s, subscriptions[i].topic)
                                                      : change->add[i - s->subscription_count];

        if (i < s->subscription_count && contains(change->remove, change->remove_count, name))
            continue;
        if (count == e->config.stream_topics)
            return ERR_TOO_MANY;
        selectors[count++].size = name.size;
        buf_slice(bytes, name);
    }
    if (!buf_ok(bytes))
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        selectors[i].data = bytes->data + at;
        at += selectors[i].size;
    }
    *out_count = count;
    return count == 0 ? ERR_INVALID : OK;
}

static enum err change_topics(struct edge *e, struct stream *s, const struct session_change *change)
{
    struct slice *selectors;
    size_t count = 0;
    struct buf bytes;
    enum err err;

    if (change->add_count + change->remove_count == 0)
        return OK;
    if (s->sent > 0)
        return ERR_UNAVAILABLE; /* half an event is sent: its record must stay the next one */
    buf_init(&bytes, (size_t)e->config.stream_topics * (SELECTOR_SIZE_MAX + 1));
    selectors = mem_alloc(e->config.stream_topics * sizeof *selectors);
    err = new_selectors(e, s, change, &bytes, selectors, &count);
    if (err == OK) {
        transition_prepare_change(e, s);
        count_member(e, s, false);
        stream_unlisten(s, &e->topics);
        s->everything = false;
        stream_listen(s, &e->topics, selectors, count);
        count_member(e, s, true);
        delivery_ready(&e->delivery, s);
    }
    mem_free(selectors);
    buf_clear(&bytes);
    return err;
}

enum err session_change(struct edge *e, struct slice session, const struct session_change *change)
{
    struct stream_extra *x = find_session(e, session);
    enum err err;

    if (x == NULL || x->stream->state == STREAM_CLOSING)
        return ERR_NOT_FOUND;
    err = change_topics(e, x->stream, change);
    if (err != OK || !change->renew)
        return err;
    if (change->grants != NULL)
        (void)grants_ref(change->grants);
    grants_unref(x->grants);
    x->grants = change->grants;
    extra_table_expire(&e->extras, x, change->expires_ms);
    return OK;
}
