/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_TAIL_H
#define BELFRY_EDGE_STATE_TAIL_H

/* The tail: the log's newest records, without holes, in memory. Each is kept as the SSE bytes that
 * every stream gets. The bytes lie in chunks in log order, so that neighbours can be written as one
 * run.
 *
 * Bounded in bytes; the caller removes the oldest records while tail_over() returns true (64 MiB
 * of 300-byte events are about 180,000 records, with 56 bytes of bookkeeping each). */

#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct topic;

/* 256 KiB: eviction frees memory a chunk at a time, and a chunk holds at least what one write of
 * a stream that is behind takes. A larger record gets its own chunk. */
#define TAIL_CHUNK_SIZE (256u << 10)

/* The id line of an event with its publisher's id, which replaces our own. */
struct tail_id_line {
    uint32_t at;       /* where our own line begins in the event */
    uint32_t own_size; /* size of our own line */
    uint32_t size;
    char text[]; /* "id: …\n" */
};

struct tail_record {
    const char *sse; /* its event, in a chunk */
    uint32_t size;   /* of the event */
    uint16_t topic_count;
    bool is_private;                   /* RECORD_PRIVATE (common/wire/record.h) */
    uint32_t expires_s;                /* Unix time; 0 = never */
    struct tail_id_line *publisher_id; /* NULL: the publisher gave no id */
    union {
        struct topic *one;   /* topic_count == 1 */
        struct topic **many; /* the tail's own array */
    };
};

struct tail_chunk;

struct tail {
    struct tail_record *records; /* a ring */
    size_t start;                /* index of the oldest */
    size_t count;
    size_t capacity; /* a power of two */
    uint64_t first;  /* offset of the oldest record; head + 1 when there is none */
    uint64_t limit;  /* maximum of `bytes` */
    uint64_t bytes;  /* bytes of the records with their bookkeeping */
    struct tail_chunk *oldest;
    struct tail_chunk *newest;
};

/* Makes an empty tail; the next record to join it is head + 1. */
void tail_init(struct tail *t, uint64_t limit, uint64_t head);
void tail_clear(struct tail *t);

/* Asserts the invariants. */
void tail_check(const struct tail *t);

/* Returns the offset of the newest record: the head of the log as far as this edge has it. */
static inline uint64_t tail_head(const struct tail *t)
{
    return t->first + t->count - 1;
}

/* Returns the record at an offset in [first, head]. */
static inline const struct tail_record *tail_at(const struct tail *t, uint64_t offset)
{
    return &t->records[(t->start + (size_t)(offset - t->first)) & (t->capacity - 1)];
}

/* Adds the record head + 1. The bytes and the array of topics are copied. */
void tail_append(struct tail *t, struct slice sse, struct topic *const *topics,
                 uint16_t topic_count);

/* Returns the newest record, so that the caller can set more of its fields. There must be one. */
struct tail_record *tail_newest(struct tail *t);

/* Sets the id that the newest record's publisher gave it. `own`: our id line in its event. */
void tail_set_publisher_id(struct tail *t, struct slice own, struct slice id);

/* Returns true while the oldest record must be removed. */
static inline bool tail_over(const struct tail *t)
{
    return t->bytes > t->limit && t->count > 1;
}

/* Returns the topics of the oldest record. There must be one. */
struct topic *const *tail_oldest_topics(const struct tail *t, uint32_t *out_count);

/* Removes the oldest record. There must be one. */
void tail_shift(struct tail *t);

#endif
