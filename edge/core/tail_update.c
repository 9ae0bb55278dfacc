/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/tail_update.h"

#include "common/base/mem.h"
#include "edge/core/edge_state.h"
#include "edge/state/delivery.h"
#include "edge/state/link.h"
#include "edge/state/outbox.h"
#include "edge/state/sse.h"
#include "edge/state/tail.h"
#include "edge/state/topics.h"

static void evict(struct edge *e)
{
    uint32_t count;
    struct topic *const *topics = tail_oldest_topics(&e->tail, &count);

    for (uint32_t i = 0; i < count; i++) {
        topic_shift(topics[i]);
        topics_release(&e->topics, topics[i]);
    }
    tail_shift(&e->tail);
}

void tail_update_restart(struct edge *e, uint64_t head)
{
    while (e->tail.count > 0)
        evict(e);
    topics_forget_matches(&e->topics);
    tail_clear(&e->tail);
    tail_init(&e->tail, e->config.tail_bytes, head);
    e->delivery.gather.valid = false;
}

/* Returns when a record expires: Unix seconds, rounded up. UINT32_MAX (in 2106) means never. */
static uint32_t expiry_of(uint64_t time_ms, uint64_t ttl_ms)
{
    uint64_t seconds = UINT32_MAX;

    if (ttl_ms <= UINT64_MAX - 999 - time_ms)
        seconds = (time_ms + ttl_ms + 999) / 1000;
    return seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
}

/* Marks a topic that has a new record, and the patterns that match it. */
static void mark_topic(struct edge *e, struct topic *topic, uint64_t offset)
{
    delivery_mark(&e->delivery, topic);
    for (uint32_t i = 0; i < topic->match_count; i++) {
        topic_append_match(topic->matches[i], offset, e->tail.first);
        delivery_mark(&e->delivery, topic->matches[i]);
    }
}

bool tail_update_append(struct edge *e, const struct entry *entry)
{
    struct slice names[RECORD_TOPICS_MAX];
    struct record record;

    /* The broker decoded this body before it stored it, so this is a bug, or a bit has flipped on
     * the way. The record keeps its offset, without topics. */
    if (wire_decode_body(e->decoder, entry->body, names, &record) != OK) {
        e->metrics.malformed++;
        record = (struct record){0};
    }
    buf_reset(&e->sse);
    sse_record(&e->sse, e->link.epoch, entry->offset, &record);
    if (!buf_ok(&e->sse)) {
        e->link.read_pause_ms = e->now_ms + LINK_BEACON_MS;
        return false;
    }
    for (uint32_t i = 0; i < record.topic_count; i++) {
        e->record_topics[i] = topics_get(&e->topics, names[i]);
        topic_append(e->record_topics[i], entry->offset);
    }
    tail_append(&e->tail, buf_all(&e->sse), e->record_topics, record.topic_count);
    tail_newest(&e->tail)->is_private = (record.flags & RECORD_PRIVATE) != 0;
    if (record.id.size > 0)
        tail_set_publisher_id(
            &e->tail, sse_id_line(slice_of(tail_newest(&e->tail)->sse, e->sse.size)), record.id);
    if (record.ttl_ms != 0)
        tail_newest(&e->tail)->expires_s = expiry_of(entry->time_ms, record.ttl_ms);
    for (uint32_t i = 0; i < record.topic_count; i++)
        mark_topic(e, e->record_topics[i], entry->offset);
    delivery_mark(&e->delivery, e->topics.all);
    if (record.origin == e->config.incarnation)
        outbox_echo(&e->outbox, record.seq, entry->offset);
    while (tail_over(&e->tail))
        evict(e);
    e->delivery.gather.valid = false;
    return true;
}

/* A stream whose cursor is before the remaining records asks the broker for a page. The reply
 * shows that records are missing. */
void tail_update_trim(struct edge *e, uint64_t oldest)
{
    if (oldest > e->link.oldest)
        e->link.oldest = oldest;
    while (e->tail.count > 0 && e->tail.first < oldest)
        evict(e);
    if (e->tail.count == 0)
        topics_forget_matches(&e->topics);
    e->delivery.gather.valid = false;
}

bool tail_update_warm(const struct edge *e)
{
    return link_joined(&e->link) && tail_head(&e->tail) >= e->link.join_head;
}
