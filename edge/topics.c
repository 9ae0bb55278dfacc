/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/topics.h"

#include "common/mem.h"

#include <assert.h>
#include <stdlib.h>

static struct topic *new_topic(struct slice name)
{
    struct topic *topic = mem_alloc(sizeof *topic + name.size);

    list_init(&topic->marked);
    topic->name_size = (uint32_t)name.size;
    if (name.size > 0)
        memcpy(topic->name, name.data, name.size);
    return topic;
}

static void free_topic(struct topic *topic)
{
    list_remove(&topic->marked);
    mem_free(topic->offsets);
    mem_free(topic->listeners);
    mem_free(topic);
}

void topics_init(struct topics *t, const struct hash_key *key)
{
    *t = (struct topics){.key = *key};
    t->all = new_topic((struct slice){0});
}

void topics_clear(struct topics *t)
{
    struct topic *topic;
    struct topic *next;

    HASH_ITER(by_name, t->table, topic, next)
    {
        HASH_DELETE(by_name, t->table, topic);
        free_topic(topic);
    }
    free_topic(t->all);
    t->all = NULL;
}

size_t topics_count(const struct topics *t)
{
    return HASH_CNT(by_name, t->table);
}

struct topic *topics_get(struct topics *t, struct slice name)
{
    unsigned hash = (unsigned)hash_bytes(&t->key, name);
    struct topic *topic;

    HASH_FIND_BYHASHVALUE(by_name, t->table, name.data, name.size, hash, topic);
    if (topic != NULL)
        return topic;
    topic = new_topic(name);
    HASH_ADD_KEYPTR_BYHASHVALUE(by_name, t->table, topic->name, name.size, hash, topic);
    return topic;
}

void topics_release(struct topics *t, struct topic *topic)
{
    if (topic == t->all || topic->count > 0 || topic->listener_count > 0)
        return;
    HASH_DELETE(by_name, t->table, topic);
    free_topic(topic);
}

/* Room for one more item in a growing array: the process ends where there is none, since a lost entry
 * would be a lost message. What grows here is bounded by the tail's bytes and the limit of streams. */
static void *grown(void *array, size_t capacity, size_t item)
{
    void *bigger = mem_try_resize(array, capacity * item);

    if (bigger == NULL)
        abort();
    return bigger;
}

void topic_append(struct topic *topic, uint64_t offset)
{
    assert(topic->count == 0 || topic_offset(topic, topic->count - 1) < offset);
    if (topic->count == topic->capacity) {
        uint32_t capacity = topic->capacity == 0 ? 4 : topic->capacity * 2;
        uint64_t *offsets = mem_alloc(capacity * sizeof *offsets);

        for (uint32_t i = 0; i < topic->count; i++)
            offsets[i] = topic_offset(topic, i);
        mem_free(topic->offsets);
        topic->offsets = offsets;
        topic->capacity = capacity;
        topic->first = 0;
    }
    topic->offsets[(topic->first + topic->count++) & (topic->capacity - 1)] = offset;
}

void topic_shift(struct topic *topic)
{
    assert(topic->count > 0);
    topic->first = (topic->first + 1) & (topic->capacity - 1);
    topic->count--;
}

uint32_t topic_after(const struct topic *topic, uint64_t offset)
{
    uint32_t low = 0;
    uint32_t high = topic->count;

    /* Nearly every caller is at the head: the newest record is the one. */
    if (high == 0 || topic_offset(topic, high - 1) <= offset)
        return high;
    if (high == 1 || topic_offset(topic, high - 2) <= offset)
        return high - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (topic_offset(topic, middle) <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t topic_listen(struct topic *topic, struct stream *stream, uint32_t slot)
{
    if (topic->listener_count == topic->listener_capacity) {
        uint32_t capacity = topic->listener_capacity == 0 ? 2 : topic->listener_capacity * 2;

        topic->listeners = grown(topic->listeners, capacity, sizeof *topic->listeners);
        topic->listener_capacity = capacity;
    }
    topic->listeners[topic->listener_count] = (struct listener){stream, slot};
    return topic->listener_count++;
}

struct listener topic_unlisten(struct topic *topic, uint32_t index)
{
    uint32_t last = --topic->listener_count;
    struct listener moved = {0};

    if (index != last) {
        topic->listeners[index] = topic->listeners[last];
        moved = topic->listeners[index];
    }
    if (last == 0) {
        mem_free(topic->listeners);
        topic->listeners = NULL;
        topic->listener_capacity = 0;
    }
    return moved;
}
