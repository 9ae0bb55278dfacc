/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/topics.h"

#include "common/base/mem.h"
#include "common/topic/matcher.h"

#include <assert.h>
#include <stdlib.h>

static struct topic *new_topic(struct slice name)
{
    struct topic *topic = mem_alloc(sizeof *topic + 1 + name.size);

    list_init(&topic->marked);
    topic->name_size = (uint32_t)name.size;
    topic->text[0] = SELECTOR_MARK_EXACT;
    if (name.size > 0)
        memcpy(topic->text + 1, name.data, name.size);
    return topic;
}

static void free_topic(struct topic *topic)
{
    list_remove(&topic->marked);
    mem_free(topic->offsets);
    mem_free(topic->listeners);
    mem_free(topic->matches);
    if (topic->matcher != NULL)
        matcher_free(topic->matcher);
    mem_free(topic->matcher);
    mem_free(topic);
}

struct slice topic_selector(const struct topic *topic)
{
    struct slice name = topic_name(topic);

    if (topic->matcher != NULL || selector_kind(name) != SELECTOR_TEMPLATE)
        return name;
    return slice_of(topic->text, topic->name_size + 1u);
}

void topics_init(struct topics *t, const struct hash_key *key)
{
    *t = (struct topics){.key = *key};
    t->all = new_topic((struct slice){0});
    t->candidate = mem_alloc(sizeof *t->candidate);
}

static void clear_table(struct topic **table)
{
    struct topic *topic;
    struct topic *next;

    HASH_ITER(by_name, *table, topic, next)
    {
        HASH_DELETE(by_name, *table, topic);
        free_topic(topic);
    }
}

void topics_clear(struct topics *t)
{
    clear_table(&t->table);
    clear_table(&t->patterns);
    free_topic(t->all);
    t->all = NULL;
    mem_free(t->candidate);
    t->candidate = NULL;
}

size_t topics_count(const struct topics *t)
{
    return HASH_CNT(by_name, t->table);
}

/* Resizes a growing array to `capacity` items. Ends the process when there is no memory,
 * since a lost entry would be a lost message. What grows here is bounded by the tail's bytes and
 * the limit of streams. */
static void *grown(void *array, size_t capacity, size_t item)
{
    void *bigger = mem_try_resize(array, capacity * item);

    if (bigger == NULL)
        abort();
    return bigger;
}

static struct topic *find(struct topics *t, struct topic *table, struct slice name,
                          unsigned *out_hash)
{
    struct topic *topic;

    *out_hash = (unsigned)hash_bytes(&t->key, name);
    HASH_FIND_BYHASHVALUE(by_name, table, name.data, name.size, *out_hash, topic);
    return topic;
}

/* Adds the pattern to the topic's matches if it matches the candidate, which is the topic. */
static void add_match(struct topics *t, struct topic *topic, struct topic *pattern)
{
    uint64_t steps = 0;

    if (!matcher_matches(pattern->matcher, t->candidate, &steps))
        return;
    topic->matches = grown(topic->matches, topic->match_count + 1, sizeof *topic->matches);
    topic->matches[topic->match_count++] = pattern;
}

struct topic *topics_get(struct topics *t, struct slice name)
{
    unsigned hash;
    struct topic *topic = find(t, t->table, name, &hash);

    if (topic != NULL)
        return topic;
    topic = new_topic(name);
    HASH_ADD_KEYPTR_BYHASHVALUE(by_name, t->table, topic->text + 1, name.size, hash, topic);
    candidate_set(t->candidate, topic_name(topic));
    for (struct topic *i = t->patterns; i != NULL; i = i->by_name.next)
        add_match(t, topic, i);
    return topic;
}

/* ---- patterns ---- */

static int by_offset(const void *left, const void *right)
{
    uint64_t a;
    uint64_t b;

    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return a < b ? -1 : a > b;
}

/* Gives a new pattern the records of the topics that it matches. */
static void collect(struct topics *t, struct topic *pattern)
{
    uint64_t *offsets = NULL;
    size_t count = 0;
    size_t capacity = 0;

    for (struct topic *i = t->table; i != NULL; i = i->by_name.next) {
        uint32_t before = i->match_count;

        candidate_set(t->candidate, topic_name(i));
        add_match(t, i, pattern);
        for (uint32_t k = 0; i->match_count > before && k < i->count; k++) {
            if (count == capacity) {
                capacity = capacity == 0 ? 64 : capacity * 2;
                offsets = grown(offsets, capacity, sizeof *offsets);
            }
            offsets[count++] = topic_offset(i, k);
        }
    }
    if (count > 0)
        qsort(offsets, count, sizeof *offsets, by_offset);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || offsets[i] != offsets[i - 1])
            topic_append(pattern, offsets[i]);
    }
    mem_free(offsets);
}

/* Makes a pattern without records. Returns NULL if the selector cannot be compiled. */
static struct topic *new_pattern(struct slice selector)
{
    struct topic *pattern = new_topic(selector);

    pattern->matcher = mem_alloc(sizeof *pattern->matcher);
    if (matcher_compile(topic_name(pattern), pattern->matcher) == OK)
        return pattern;
    free_topic(pattern);
    return NULL;
}

struct topic *topics_select(struct topics *t, struct slice selector)
{
    struct selector parts;
    struct topic *pattern;
    unsigned hash;

    if (selector_parse(selector, &parts) != OK)
        return topics_get(t, selector); /* nothing is ever published to such a topic */
    if (parts.kind == SELECTOR_ALL)
        return t->all;
    if (parts.kind == SELECTOR_EXACT)
        return topics_get(t, parts.text);
    pattern = find(t, t->patterns, selector, &hash);
    if (pattern != NULL)
        return pattern;
    pattern = new_pattern(selector);
    if (pattern == NULL)
        return topics_get(t, selector); /* the selector then means the topic of that name */
    HASH_ADD_KEYPTR_BYHASHVALUE(by_name, t->patterns, pattern->text + 1, selector.size, hash,
                                pattern);
    collect(t, pattern);
    return pattern;
}

void topics_forget_matches(struct topics *t)
{
    for (struct topic *i = t->patterns; i != NULL; i = i->by_name.next)
        i->count = 0;
}

static void drop_match(struct topic *topic, const struct topic *pattern)
{
    for (uint32_t i = 0; i < topic->match_count; i++) {
        if (topic->matches[i] == pattern) {
            topic->matches[i] = topic->matches[--topic->match_count];
            return;
        }
    }
}

void topics_release(struct topics *t, struct topic *topic)
{
    if (topic == t->all || topic->listener_count > 0)
        return;
    if (topic->matcher != NULL) {
        for (struct topic *i = t->table; i != NULL; i = i->by_name.next)
            drop_match(i, topic);
        HASH_DELETE(by_name, t->patterns, topic);
        free_topic(topic);
    } else if (topic->count == 0) {
        HASH_DELETE(by_name, t->table, topic);
        free_topic(topic);
    }
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

void topic_append_match(struct topic *pattern, uint64_t offset, uint64_t first)
{
    while (pattern->count > 0 && topic_offset(pattern, 0) < first)
        topic_shift(pattern);
    if (pattern->count == 0 || topic_offset(pattern, pattern->count - 1) != offset)
        topic_append(pattern, offset);
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

    /* Nearly every caller is at the head and wants the newest record. */
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
    uint32_t last = topic->listener_count - 1;
    struct listener moved = {0};

    assert(index <= last && topic->listener_count > 0);
    topic->listener_count = last;
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
