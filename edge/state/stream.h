/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_STREAM_H
#define BELFRY_EDGE_STATE_STREAM_H

/* A stream: one subscriber. It has no queue: it is a cursor into the log, the topics it listens to, and a
 * state. What it has to send is read from the tail when its socket can take it (or, when the cursor is
 * older than the tail, from pages that the broker sends: replay.h).
 *
 *   LOCATING ──> REPLAYING ──> LIVE      a cursor that falls out of the tail goes LIVE ──> REPLAYING
 *       └───────────────────────^  └──> CLOSING
 */

#include "common/base/list.h"
#include "edge/state/tail.h"
#include "edge/state/topics.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

enum stream_state {
    STREAM_LOCATING,  /* the broker looks for the place to begin (history=N) */
    STREAM_REPLAYING, /* the cursor is older than the tail */
    STREAM_LIVE,      /* the cursor is in the tail, or at its head */
    STREAM_CLOSING,   /* to be closed by the shell */
};

/* What the stream must be told before its next record. */
enum stream_notice { NOTICE_NONE, NOTICE_POSITION, NOTICE_EXPIRED, NOTICE_UNKNOWN, NOTICE_EPOCH };

#define STREAM_NO_ID UINT64_MAX

struct subscription {
    struct topic *topic;
    uint32_t index; /* in topic->listeners */
};

struct replay;
struct stream_extra;

/* About 100 bytes: 15,000 of them must not matter. What only a replay needs is in `replay`. */
struct stream {
    void *owner;
    uint64_t cursor;   /* every matching record up to it has been written whole */
    uint64_t last_id;  /* the offset that the client has as its Last-Event-ID, or STREAM_NO_ID */
    struct list link;  /* in the edge's ready list, or among those that wait for a page */
    struct list wheel; /* in a slot of the heartbeat's wheel */
    struct replay *replay;      /* while LOCATING or REPLAYING */
    struct stream_extra *extra; /* NULL for most */
    union {
        struct subscription one; /* subscription_count == 1 */
        struct subscription *many;
    };
    uint32_t sent; /* bytes of the next matching record that have been written */

    /* Number of the last event without a place that it was given (edge/state/ephemeral.h). */
    uint32_t last_ephemeral;
    uint32_t tick; /* of the heartbeat's wheel, at the last write */
    uint16_t subscription_count;
    uint8_t state;      /* enum stream_state */
    uint8_t notice;     /* enum stream_notice */
    bool everything;    /* listens to topics->all, and to nothing else */
    bool open;          /* may see private records without a token */
    bool publisher_ids; /* events have their publishers' ids */
    bool blocked;       /* the socket is full: nothing is sent before edge_writable() */
    bool sync_due; /* belfry.sync is to be said when it has caught up: looked at with each write */
};

/* Moves to another state, which must be an allowed one. */
void stream_move(struct stream *s, enum stream_state state);

static inline struct subscription *stream_subscriptions(struct stream *s)
{
    return s->subscription_count == 1 ? &s->one : s->many;
}

/* Listens to the selectors, each once; "*" is everything. Records' topics and listeners share the table. */
void stream_listen(struct stream *s, struct topics *topics, const struct slice *selectors,
                   size_t count);
void stream_unlisten(struct stream *s, struct topics *topics);

#define GATHER_RECORDS_MAX 1024
#define GATHER_IOV_MAX 64
#define GATHER_BYTES_MAX (256u << 10) /* then another stream has its turn */
#define GATHER_SKIPS_MAX 1024         /* records passed over; then the same */

/* Why a stream passes over a record. */
enum stream_skip { SKIP_NOT, SKIP_PRIVATE, SKIP_EXPIRED };

/* What one write of a stream sends. */
struct gather {
    struct iovec iov[GATHER_IOV_MAX];
    int iov_count;
    size_t bytes;
    size_t count; /* records */
    struct {
        uint64_t offset;
        size_t end; /* bytes up to and with this record */
    } records[GATHER_RECORDS_MAX];
    bool special;   /* a record was looked at that not every stream may see */
    uint64_t now_s; /* Unix time, set by the caller; 0 = not known */
    bool all;       /* nothing that matches is left in the tail after these */
    uint64_t head;  /* of the tail */

    /* Records that were passed over, since the edge's start; and those of this gather, so that they don't count again
     * when they are looked at again. */
    uint64_t skipped[SKIP_EXPIRED + 1];
    size_t skip_count;
    struct {
        uint64_t offset;
        enum stream_skip reason;
    } skips[GATHER_SKIPS_MAX];

    /* The next stream of the same topic at the same place sends the same. */
    const struct topic *topic;
    uint64_t cursor;
    bool valid;

    uint32_t *positions; /* scratch: one per subscription */
};

/* Gathers what the stream may send from the tail: matching records after its cursor, the first one without
 * the bytes that were sent before. The cursor must not be older than the tail. */
void stream_gather(struct stream *s, const struct tail *tail, struct gather *g);

/* Where a stream stands that was to be sent nothing of what was gathered: all of it was passed over. */
uint64_t gather_end_cursor(const struct gather *g);

/* What was passed over after this offset will be looked at again: it does not count yet. */
void gather_unskip(struct gather *g, uint64_t offset);

/* So many bytes of the gathered ones were written. Returns true when that was all of them. */
bool stream_advance(struct stream *s, const struct gather *g, size_t bytes);

/* How many of the gathered records end within the first `bytes`. */
size_t gather_count_written(const struct gather *g, size_t bytes);

/* The cursor from which the stream would get its last `count` matching records. False when they are not all
 * in the tail. */
bool stream_cursor_back(struct stream *s, const struct tail *tail, uint32_t count, struct gather *g,
                        uint64_t *out_cursor);

/* Whether a private record may be shown: one of its topics is granted. `topics`: their names. */
bool stream_granted(const struct stream *s, const struct slice *topics, size_t count);

#endif
