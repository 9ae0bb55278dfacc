/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_TOPICS_H
#define BELFRY_EDGE_STATE_TOPICS_H

/* The table of topics: for each, the offsets of its records in the tail, and its streams. A topic
 * with neither is removed from the table.
 *
 * A pattern (a URI template, a URL pattern) that streams listen to is kept beside the topics, as
 * a topic that has the records of all topics that it matches. Matching happens once, when the
 * topic or the pattern is added.
 *
 * Finding a stream's next record is a binary search in the offsets (and mostly a look at the
 * last one); marking a batch's streams walks along an array. */

#include "common/base/hash.h"
#include "common/base/list.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

struct candidate;
struct matcher;
struct stream;

/* A stream that listens to a topic. */
struct listener {
    struct stream *stream;
    uint32_t slot; /* index of the subscription in the stream */
};

struct topic {
    UT_hash_handle by_name;
    struct list marked; /* in the list of topics with new records */

    uint64_t *offsets; /* a ring of its records' offsets */
    uint32_t first;    /* index of the oldest */
    uint32_t count;
    uint32_t capacity;       /* a power of two, or 0 */
    struct matcher *matcher; /* NULL: not a pattern. Offsets of a pattern may be before the tail */
    struct topic **matches;  /* the patterns that match this topic */
    uint32_t match_count;
    uint32_t listener_count;
    uint32_t listener_capacity;
    struct listener *listeners;

    uint32_t name_size;
    char text[]; /* SELECTOR_MARK_EXACT (common/topic/selector.h), then the name */
};

/* Returns the topic's name, or the pattern's selector. */
static inline struct slice topic_name(const struct topic *topic)
{
    return slice_of(topic->text + 1, topic->name_size);
}

/* Returns the selector that means exactly this topic or pattern. */
struct slice topic_selector(const struct topic *topic);

struct topics {
    struct topic *table;
    struct topic *patterns; /* by their selectors */
    struct hash_key key;
    struct topic *all; /* topic of the streams that listen to everything; not in the table */
    struct candidate *candidate; /* scratch: the topic that patterns are matched with */
};

void topics_init(struct topics *t, const struct hash_key *key);
void topics_clear(struct topics *t); /* Streams must no longer use their topics. */

size_t topics_count(const struct topics *t);

/* Finds or adds a topic. The name is copied. */
struct topic *topics_get(struct topics *t, struct slice name);

/* Returns what a selector (common/topic/selector.h) stands for: the topic, the pattern or
 * everything. A text that is not a pattern is a topic. A new pattern gets the records that it
 * matches at once. */
struct topic *topics_select(struct topics *t, struct slice selector);

/* Frees the topic if it has neither records nor streams. */
void topics_release(struct topics *t, struct topic *topic);

/* Adds a record that joins the tail. Its offset must be larger than all before it. */
void topic_append(struct topic *topic, uint64_t offset);

/* Does the same for a pattern, unless another topic of the record has added it already. Removes
 * offsets before `first`, the first one of the tail. */
void topic_append_match(struct topic *pattern, uint64_t offset, uint64_t first);

/* Removes all records of the patterns: the tail is empty. */
void topics_forget_matches(struct topics *t);

/* Removes the oldest record. There must be one. */
void topic_shift(struct topic *topic);

static inline uint64_t topic_offset(const struct topic *topic, uint32_t index)
{
    return topic->offsets[(topic->first + index) & (topic->capacity - 1)];
}

/* Returns the index of the first record after `offset`, or topic->count when there is none. */
uint32_t topic_after(const struct topic *topic, uint64_t offset);

/* Adds a stream, with the index of its subscription. Returns its index in listeners. */
uint32_t topic_listen(struct topic *topic, struct stream *stream, uint32_t slot);

/* Removes the listener at `index`. The last one takes its place, and is returned so that its
 * stream can get its new index; stream == NULL when none moved. */
struct listener topic_unlisten(struct topic *topic, uint32_t index);

#endif
