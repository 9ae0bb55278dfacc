/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_JOURNAL_RECENT_INDEX_H
#define BELFRY_BROKER_JOURNAL_RECENT_INDEX_H

/* The index in memory of the log's newest records: topic → offsets. It is a list of parts, oldest
 * first, each of which becomes a segment of the log. Records are added to the newest part until it
 * is closed, by its number of records or by recent_index_close(). A closed part stays until its
 * index has been written to the database. Then recent_index_drop() removes it.
 *
 * Pure, and without a lock: the journal's writer and its readers share it under a mutex. */

#include "broker/journal/offset_window.h"
#include "broker/journal/topic_ids.h"
#include "common/base/err.h"
#include "common/base/hash.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Positions of a topic's records in a part: offset - part->first. Ascending. */
struct recent_index_list {
    uint32_t *positions;
    uint32_t count;
    uint32_t capacity;
};

struct recent_index_part {
    struct recent_index_part *next;
    uint64_t first;      /* first offset */
    uint64_t count;      /* number of records */
    uint64_t bytes;      /* of their bodies */
    uint64_t first_time; /* times of the first and the last record; 0 while it is empty */
    uint64_t last_time;
    bool closed;
    struct topic_ids names;
    struct recent_index_list *lists; /* one per name; may be empty after a rewind */
    size_t list_capacity;
    size_t memory; /* bytes of the lists; the names have their own count */
};

struct recent_index {
    struct hash_key key;
    uint32_t part_records; /* number of records at which a part is closed */
    struct recent_index_part *oldest;
    struct recent_index_part *newest; /* not NULL after recent_index_init() */
    size_t part_count;
};

/* Starts empty; the next record is `first`. part_records must be 1 to OFFSET_WINDOW_SIZE. */
void recent_index_init(struct recent_index *r, const struct hash_key *key, uint64_t first,
                       uint32_t part_records);
void recent_index_clear(struct recent_index *r);

/* Returns the offset of the next record that recent_index_add() adds. */
uint64_t recent_index_next(const struct recent_index *r);

/* Returns the first offset that is indexed here. */
uint64_t recent_index_first(const struct recent_index *r);

/* Adds the record at recent_index_next(). ERR_NO_MEMORY: nothing was added. */
MUST_CHECK enum err recent_index_add(struct recent_index *r, uint64_t time_ms, uint64_t bytes,
                                     const struct slice *topics, size_t topic_count);

/* Closes the newest part, unless it is empty. */
void recent_index_close(struct recent_index *r);

/* Removes the oldest part, which must be closed. */
void recent_index_drop(struct recent_index *r);

/* Returns the bytes of memory that a part uses. */
size_t recent_index_part_memory(const struct recent_index_part *part);

/* The end of the index at one time, to go back to when a transaction fails. */
struct recent_index_mark {
    uint64_t part_first;
    uint64_t count;
    uint64_t bytes;
    uint64_t first_time;
    uint64_t last_time;
    bool closed;
};

/* Returns the current end. */
struct recent_index_mark recent_index_mark(const struct recent_index *r);

/* Removes all records that were added after the mark. No part may have been dropped since. */
void recent_index_rewind(struct recent_index *r, const struct recent_index_mark *mark);

/* Adds the offsets of a topic's records with from <= offset <= until to the window. They must be
 * within the window. */
void recent_index_find(const struct recent_index *r, struct slice topic, uint64_t from,
                       uint64_t until, struct offset_window *out);

/* Finds the `*skip`-th newest (from 0) of a topic's records with from <= offset <= until. When
 * there are fewer, subtracts their number from *skip and returns false. */
bool recent_index_nth(const struct recent_index *r, struct slice topic, uint64_t from,
                      uint64_t until, uint64_t *skip, uint64_t *out);

/* A topic of a part, and the number of its records in a range. */
struct recent_index_topic {
    struct slice text; /* owned by the index, valid until it changes */
    uint64_t count;
    uint64_t last; /* offset of the newest of them */
};

/* Position of an iteration over all topics. Zero means the beginning. */
struct recent_index_cursor {
    uint64_t part; /* first offset of the current part */
    size_t number; /* of the next topic in that part */
    bool done;
};

/* Checks the next `room` topics, part by part (a topic of several parts comes several times),
 * and returns those that have records with from <= offset <= until. The range must not change
 * during the iteration. Returns the number of topics, which may be 0 before walk->done is set.
 * Between two calls records may be added and parts dropped. */
size_t recent_index_topics(const struct recent_index *r, uint64_t from, uint64_t until,
                           struct recent_index_cursor *walk, struct recent_index_topic *out,
                           size_t room);

#endif
