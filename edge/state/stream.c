/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/stream.h"

#include "common/base/mem.h"
#include "common/token/grants.h"
#include "common/topic/selector.h"
#include "edge/state/stream_extra.h"

#include <assert.h>

void stream_move(struct stream *s, enum stream_state state)
{
    static const bool allowed[4][4] = {
        [STREAM_LOCATING] =
            {[STREAM_REPLAYING] = true, [STREAM_LIVE] = true, [STREAM_CLOSING] = true},
        [STREAM_REPLAYING] = {[STREAM_LIVE] = true, [STREAM_CLOSING] = true},
        [STREAM_LIVE] = {[STREAM_REPLAYING] = true, [STREAM_CLOSING] = true},
    };

    assert(allowed[s->state][state]);
    s->state = (uint8_t)state;
}

/* ---- topics ---- */

static bool listens_already(const struct subscription *subscriptions, size_t count,
                            const struct topic *topic)
{
    for (size_t i = 0; i < count; i++) {
        if (subscriptions[i].topic == topic)
            return true;
    }
    return false;
}

static bool has_all(const struct slice *selectors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (selector_is_all(selectors[i]))
            return true;
    }
    return false;
}

void stream_listen(struct stream *s, struct topics *topics, const struct slice *selectors,
                   size_t count)
{
    struct subscription *subscriptions;
    uint16_t used = 0;

    assert(count > 0 && s->subscription_count == 0);
    if (has_all(selectors, count)) {
        s->everything = true;
        s->subscription_count = 1;
        s->one.topic = topics->all;
        s->one.index = topic_listen(topics->all, s, 0);
        return;
    }
    subscriptions = mem_alloc(count * sizeof *subscriptions);
    for (size_t i = 0; i < count; i++) {
        struct topic *topic = topics_select(topics, selectors[i]);

        if (listens_already(subscriptions, used, topic))
            continue;
        subscriptions[used].topic = topic;
        subscriptions[used].index = topic_listen(topic, s, used);
        used++;
    }
    s->subscription_count = used;
    if (used > 1) {
        s->many = subscriptions;
        return;
    }
    s->one = subscriptions[0];
    mem_free(subscriptions);
}

void stream_unlisten(struct stream *s, struct topics *topics)
{
    struct subscription *subscriptions = stream_subscriptions(s);

    for (uint32_t i = 0; i < s->subscription_count; i++) {
        struct topic *topic = subscriptions[i].topic;
        uint32_t index = subscriptions[i].index;
        struct listener moved = topic_unlisten(topic, index);

        if (moved.stream != NULL)
            stream_subscriptions(moved.stream)[moved.slot].index = index;
        topics_release(topics, topic);
    }
    if (s->subscription_count > 1)
        mem_free(s->many);
    s->subscription_count = 0;
}

/* ---- what to send ---- */

bool stream_granted(const struct stream *s, const struct slice *topics, size_t count)
{
    if (s->open)
        return true;
    if (s->extra == NULL || s->extra->grants == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (grants_subscribe(s->extra->grants, topics[i]))
            return true;
    }
    return false;
}

/* Examines a record that not every stream may see; most records are public and do not expire. */
static enum stream_skip may_see(const struct stream *s, const struct tail_record *r,
                                struct gather *g)
{
    struct topic *const *topics = r->topic_count == 1 ? &r->one : r->many;

    g->special = true;
    if (r->expires_s != 0 && g->now_s > r->expires_s)
        return SKIP_EXPIRED;
    if (!r->is_private || s->open)
        return SKIP_NOT;
    for (uint32_t i = 0; i < r->topic_count; i++) {
        struct slice name = topic_name(topics[i]);

        if (stream_granted(s, &name, 1))
            return SKIP_NOT;
    }
    return SKIP_PRIVATE;
}

static inline bool is_special(const struct tail_record *r)
{
    return r->is_private || r->expires_s != 0;
}

static inline bool visible(const struct stream *s, const struct tail_record *r, struct gather *g)
{
    return !is_special(r) || may_see(s, r, g) == SKIP_NOT;
}

/* Returns true if the stream passes over the record, and counts that. *out_room is false if the
 * list of skips is full; then nothing is counted. */
static bool passes_over(const struct stream *s, struct gather *g, const struct tail_record *r,
                        uint64_t offset, bool *out_room)
{
    enum stream_skip reason = may_see(s, r, g);

    *out_room = true;
    if (reason == SKIP_NOT)
        return false;
    *out_room = g->skip_count < GATHER_SKIPS_MAX;
    if (*out_room) {
        g->skips[g->skip_count].offset = offset;
        g->skips[g->skip_count++].reason = reason;
        g->skipped[reason]++;
    }
    return true;
}

void gather_unskip(struct gather *g, uint64_t offset)
{
    while (g->skip_count > 0 && g->skips[g->skip_count - 1].offset > offset)
        g->skipped[g->skips[--g->skip_count].reason]--;
}

uint64_t gather_end_cursor(const struct gather *g)
{
    assert(g->count == 0 && (g->all || g->skip_count > 0));
    return g->all ? g->head : g->skips[g->skip_count - 1].offset;
}

/* Adds bytes without the first *skip of them. If there are fewer, *skip keeps the difference. */
static void add_piece(struct gather *g, const char *bytes, size_t size, size_t *skip)
{
    struct iovec *last = g->iov_count == 0 ? NULL : &g->iov[g->iov_count - 1];
    size_t out = *skip < size ? *skip : size;

    *skip -= out;
    bytes += out;
    size -= out;
    if (size == 0)
        return;
    if (last != NULL && (char *)last->iov_base + last->iov_len == bytes) {
        last->iov_len += size;
        return;
    }
    /* An iovec's bytes are only read: sendmsg(2) takes them as const, but the struct is not
     * const. */
    g->iov[g->iov_count].iov_base = (void *)(uintptr_t)bytes;
    g->iov[g->iov_count++].iov_len = size;
}

/* Adds the event with its publisher's id line instead of our own. */
static void add_with_publisher_id(struct gather *g, const struct tail_record *r, size_t skip)
{
    const struct tail_id_line *id = r->publisher_id;
    size_t behind = id->at + id->own_size;

    add_piece(g, r->sse, id->at, &skip);
    add_piece(g, id->text, id->size, &skip);
    add_piece(g, r->sse + behind, r->size - behind, &skip);
}

/* Adds a record to the gathered ones, unless the stream may not see it. Returns false when there
 * is no room for it. The first `skip` bytes of the record have been sent before: if there are any,
 * the record is finished even if the stream may no longer see it. */
static bool add(const struct stream *s, struct gather *g, const struct tail_record *r,
                uint64_t offset, size_t skip)
{
    bool replaced = s->publisher_ids && r->publisher_id != NULL;
    size_t size = r->size - skip;
    bool room;

    if (skip == 0 && is_special(r) && passes_over(s, g, r, offset, &room))
        return room;
    if (replaced)
        size = r->size - r->publisher_id->own_size + r->publisher_id->size - skip;
    if (g->count == GATHER_RECORDS_MAX || (g->count > 0 && g->bytes + size > GATHER_BYTES_MAX))
        return false;
    if (g->iov_count + (replaced ? 3 : 1) > GATHER_IOV_MAX)
        return false;
    if (replaced)
        add_with_publisher_id(g, r, skip);
    else
        add_piece(g, r->sse, r->size, &skip);
    g->bytes += size;
    g->records[g->count].offset = offset;
    g->records[g->count++].end = g->bytes;
    return true;
}

static void gather_everything(const struct stream *s, const struct tail *tail, struct gather *g)
{
    size_t skip = s->sent;

    for (uint64_t offset = s->cursor + 1; offset <= g->head; offset++) {
        if (!add(s, g, tail_at(tail, offset), offset, skip))
            return;
        skip = 0;
    }
    g->all = true;
}

static void gather_topic(const struct stream *s, const struct tail *tail, struct gather *g)
{
    const struct topic *topic = s->one.topic;
    size_t skip = s->sent;

    for (uint32_t i = topic_after(topic, s->cursor); i < topic->count; i++) {
        uint64_t offset = topic_offset(topic, i);

        if (!add(s, g, tail_at(tail, offset), offset, skip))
            return;
        skip = 0;
    }
    g->all = true;
}

/* Gathers from several topics: their offsets are merged. */
static void gather_topics(const struct stream *s, const struct tail *tail, struct gather *g)
{
    size_t skip = s->sent;

    for (uint32_t i = 0; i < s->subscription_count; i++)
        g->positions[i] = topic_after(s->many[i].topic, s->cursor);
    for (;;) {
        uint64_t next = UINT64_MAX;

        for (uint32_t i = 0; i < s->subscription_count; i++) {
            const struct topic *topic = s->many[i].topic;

            if (g->positions[i] < topic->count && topic_offset(topic, g->positions[i]) < next)
                next = topic_offset(topic, g->positions[i]);
        }
        g->all = next == UINT64_MAX;
        if (g->all || !add(s, g, tail_at(tail, next), next, skip))
            return;
        skip = 0;
        for (uint32_t i = 0; i < s->subscription_count; i++) {
            const struct topic *topic = s->many[i].topic;

            if (g->positions[i] < topic->count && topic_offset(topic, g->positions[i]) == next)
                g->positions[i]++;
        }
    }
}

void stream_gather(struct stream *s, const struct tail *tail, struct gather *g)
{
    if (g->valid && !s->publisher_ids && s->subscription_count == 1 && s->one.topic == g->topic &&
        s->cursor == g->cursor && s->sent == 0)
        return; /* usual in fan-out: the streams of a topic have the same cursor */
    assert(s->cursor + 1 >= tail->first);
    g->iov_count = 0;
    g->bytes = 0;
    g->count = 0;
    g->all = false;
    g->special = false;
    g->skip_count = 0;
    g->head = tail_head(tail);
    if (s->everything)
        gather_everything(s, tail, g);
    else if (s->subscription_count == 1)
        gather_topic(s, tail, g);
    else
        gather_topics(s, tail, g);
    if (!g->all && g->count > 0)
        gather_unskip(g, g->records[g->count - 1].offset);
    g->valid = s->subscription_count == 1 && s->sent == 0 && !g->special && !s->publisher_ids;
    g->topic = s->one.topic;
    g->cursor = s->cursor;
}

size_t gather_count_written(const struct gather *g, size_t bytes)
{
    size_t low = 0;
    size_t high = g->count;

    if (bytes == g->bytes)
        return g->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (g->records[middle].end <= bytes)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool stream_advance(struct stream *s, const struct gather *g, size_t bytes)
{
    size_t whole = gather_count_written(g, bytes);
    size_t begin = whole == 0 ? 0 : g->records[whole - 1].end;

    if (bytes == g->bytes) {
        s->sent = 0;
        s->last_id = g->records[g->count - 1].offset;
        s->cursor = g->all && g->head > s->last_id ? g->head : s->last_id;
        return true;
    }
    assert(bytes < g->bytes);
    if (whole > 0) {
        s->last_id = g->records[whole - 1].offset;
        s->sent = 0;
    }
    s->sent += (uint32_t)(bytes - begin);
    /* The cursor is just before the record that is half sent. So that record is the next one, from
     * the tail as well as from a page. */
    s->cursor = g->records[whole].offset - 1;
    return false;
}

/* ---- where to begin ---- */

/* Returns the newest matching offset before those that `positions` have passed, or 0. */
static uint64_t step_back(struct stream *s, uint32_t *positions)
{
    const struct subscription *subscriptions = stream_subscriptions(s);
    uint64_t newest = 0;

    for (uint32_t i = 0; i < s->subscription_count; i++) {
        const struct topic *topic = subscriptions[i].topic;

        if (positions[i] > 0 && topic_offset(topic, positions[i] - 1) > newest)
            newest = topic_offset(topic, positions[i] - 1);
    }
    for (uint32_t i = 0; i < s->subscription_count; i++) {
        const struct topic *topic = subscriptions[i].topic;

        if (positions[i] > 0 && topic_offset(topic, positions[i] - 1) == newest)
            positions[i]--;
    }
    return newest;
}

bool stream_cursor_back(struct stream *s, const struct tail *tail, uint32_t count, struct gather *g,
                        uint64_t *out_cursor)
{
    struct subscription *subscriptions = stream_subscriptions(s);
    uint64_t cursor = tail_head(tail);

    for (uint32_t i = 0; i < s->subscription_count; i++)
        g->positions[i] = subscriptions[i].topic->count;
    for (uint64_t offset = cursor; count > 0; offset--) {
        if (!s->everything)
            offset = step_back(s, g->positions);
        if (offset < tail->first)
            return false;
        if (!visible(s, tail_at(tail, offset), g))
            continue;
        cursor = offset - 1;
        count--;
    }
    *out_cursor = cursor;
    return true;
}
