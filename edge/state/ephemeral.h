/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_EPHEMERAL_H
#define BELFRY_EDGE_STATE_EPHEMERAL_H

/* The queue of events that have no offset. Each item is for one stream, and is dropped if the
 * stream cannot take it at once. Pure data. */

#include "common/base/buf.h"
#include "common/base/slice.h"
#include "edge/state/stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EPHEMERAL_MAX (1u << 18) /* events that wait to be sent; further ones are dropped */

/* The SSE bytes of an event, shared by all its streams. */
struct ephemeral_text {
    uint32_t refs;
    size_t size;
    char text[];
};

struct ephemeral_event {
    struct stream *stream; /* NULL: it was closed */
    struct ephemeral_text *text;
};

struct ephemeral {
    struct ephemeral_event *events;
    size_t count; /* number of events, with those before `at` */
    size_t capacity;
    size_t at;        /* index of the next event to send */
    uint32_t round;   /* number of ephemeral_begin() calls; see stream.last_ephemeral */
    uint64_t dropped; /* number of events for streams that could not take them */
};

void ephemeral_init(struct ephemeral *q);
void ephemeral_clear(struct ephemeral *q);

/* Asserts the invariants. */
void ephemeral_check(const struct ephemeral *q);

/* Copies an event's bytes. Returns NULL when there is no memory. The caller has one reference. */
struct ephemeral_text *ephemeral_text_create(struct slice bytes);
void ephemeral_text_unref(struct ephemeral_text *text);

/* Begins an event: ephemeral_first() returns true once for each stream. */
static inline void ephemeral_begin(struct ephemeral *q)
{
    q->round++;
}

/* Returns true if the stream has not got this event yet, and notes that it gets it now. */
static inline bool ephemeral_first(const struct ephemeral *q, struct stream *s)
{
    if (s->last_ephemeral == q->round)
        return false; /* queued already, by another topic */
    s->last_ephemeral = q->round;
    return true;
}

/* Queues the event for the stream. Takes a reference, or counts the event as dropped. */
void ephemeral_add(struct ephemeral *q, struct stream *s, struct ephemeral_text *text);

/* Puts the bytes of the next event in `out`, and returns its stream. Returns NULL when no stream
 * that can take its event is left. */
struct stream *ephemeral_next(struct ephemeral *q, struct buf *out);

/* Forgets a stream that is closed. Its events are dropped when their turn comes. */
void ephemeral_forget(struct ephemeral *q, const struct stream *s);

#endif
