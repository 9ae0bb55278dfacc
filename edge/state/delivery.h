/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_DELIVERY_H
#define BELFRY_EDGE_STATE_DELIVERY_H

/* Keeps track of which stream sends next. Holds the marked topics, the streams that are ready, the
 * streams that wait for the broker, the heartbeat wheel, and the write that was handed to the
 * shell. The rules of sending are in edge/core/fanout.c and edge/core/catchup.c.
 *
 * A stream is in at most one of `ready` and `waiting` (stream.link), and in exactly one of the
 * wheel's slots and `due` (stream.wheel). Pure data. Times are milliseconds of a monotonic
 * clock. */

#include "common/base/list.h"
#include "edge/state/stream.h"
#include "edge/state/topics.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/* Number of slots of the heartbeat wheel. One revolution takes `heartbeat_ms`; a stream is due one
 * slot sooner. */
#define DELIVERY_SLOTS 16

struct delivery {
    struct list marked; /* topics with new records */

    /* Every live stream that is neither blocked nor ready has received everything up to here. */
    uint64_t spread_head;
    struct list ready;     /* streams that may have something to send */
    struct list waiting;   /* streams queued to ask for a page, or for the offset to begin at */
    struct list held;      /* replays that hold a page; longest without progress first */
    uint32_t page_count;   /* number of replays in `held` */
    uint32_t stream_count; /* number of all streams */

    struct list wheel[DELIVERY_SLOTS];
    struct list due;  /* streams whose heartbeat is due */
    uint32_t tick;    /* number of the slot that came due last */
    uint64_t tick_ms; /* when the next slot is due */
    uint32_t slot_ms; /* time from slot to slot */

    struct gather gather;   /* what the last gathering found in the tail */
    struct stream *writing; /* the stream of the last EDGE_WRITE, NULL = none */
    bool writing_page;      /* that write is from the stream's page, not from the tail */
    struct iovec page_iov;  /* bytes of that page */
};

/* `stream_topics`: maximum number of selectors per stream. */
void delivery_init(struct delivery *d, uint32_t heartbeat_ms, uint32_t stream_topics,
                   uint64_t now_ms);

/* All streams must have been removed. */
void delivery_clear(struct delivery *d);

/* Asserts the invariants. Slow: visits every stream. */
void delivery_check(const struct delivery *d);

/* Puts a new stream into the wheel with its first heartbeat. */
void delivery_add(struct delivery *d, struct stream *s);

/* Takes the stream out of all lists, and forgets its write. */
void delivery_remove(struct delivery *d, struct stream *s);

/* Moves the wheel to the present. The heartbeats of the slots that it passes become due. */
void delivery_tick(struct delivery *d, uint64_t now_ms);

/* Returns the next stream to which nothing has been sent for a heartbeat period, or NULL. Puts the
 * stream back into the wheel. */
struct stream *delivery_next_heartbeat(struct delivery *d);

/* Returns true if a live stream waits only for new records: it has received everything up to
 * `spread_head`. */
static inline bool delivery_idle(const struct stream *s)
{
    return s->state == STREAM_LIVE && !s->blocked && list_empty(&s->link);
}

/* Brings an idle stream's cursor up to date. Called only when the cursor is needed: a batch that
 * does not match the stream leaves it behind. */
static inline void delivery_catch_up(const struct delivery *d, struct stream *s)
{
    if (s->cursor < d->spread_head)
        s->cursor = d->spread_head;
}

/* Queues the stream for its turn to send, unless its socket is full. */
static inline void delivery_ready(struct delivery *d, struct stream *s)
{
    if (s->blocked || !list_empty(&s->link))
        return;
    list_push(&d->ready, &s->link);
}

/* Marks a topic that has a new record in the tail, if it has listeners: the next fan-out examines
 * them. */
static inline void delivery_mark(struct delivery *d, struct topic *topic)
{
    if (topic->listener_count > 0 && list_empty(&topic->marked))
        list_push(&d->marked, &topic->marked);
}

#endif
