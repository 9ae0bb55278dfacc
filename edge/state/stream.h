/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_STREAM_H
#define BELFRY_EDGE_STATE_STREAM_H

/* A stream: one subscriber. It has no queue: it is a cursor into the log, the topics it listens
 * to, and a state. What it sends is read from the tail when its socket can take it, or, when the
 * cursor is older than the tail, from pages that the broker sends (replay.h).
 *
 *   LOCATING ──> REPLAYING ──> LIVE      a cursor that falls out of the tail: LIVE ──> REPLAYING
 *       └───────────────────────^
 *
 * CLOSING follows each of these states. */

#include "common/base/list.h"
#include "edge/state/tail.h"
#include "edge/state/topics.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

enum stream_state {
    STREAM_LOCATING,  /* the broker is to find the offset to begin at (history=N) */
    STREAM_REPLAYING, /* the cursor is older than the tail, or beyond the known head */
    STREAM_LIVE,      /* the next record comes from the tail */
    STREAM_CLOSING,   /* to be closed by the shell */
};

/* What the stream gets before its next record. */
enum stream_notice { NOTICE_NONE, NOTICE_POSITION, NOTICE_EXPIRED, NOTICE_UNKNOWN, NOTICE_EPOCH };

#define STREAM_NO_ID UINT64_MAX

struct subscription {
    struct topic *topic;
    uint32_t index; /* in topic->listeners */
};

struct replay;
struct stream_extra;

/* About 100 bytes, so that 15,000 of them don't matter. What only a replay needs is in `replay`. */
struct stream {
    void *owner;
    uint64_t cursor;       /* every matching record up to it has been written */
    uint64_t last_id;      /* offset that the client has as its Last-Event-ID, or STREAM_NO_ID */
    struct list link;      /* in delivery.ready or delivery.waiting, or in neither */
    struct list wheel;     /* in a slot of the heartbeat wheel, or in delivery.due */
    struct replay *replay; /* while LOCATING or REPLAYING */
    struct stream_extra *extra; /* NULL for most */
    union {
        struct subscription one; /* subscription_count == 1 */
        struct subscription *many;
    };
    uint32_t sent; /* bytes of the next matching record that have been written */

    /* ephemeral.round of the last event that it was to get (edge/state/ephemeral.h). */
    uint32_t last_ephemeral;
    uint32_t tick; /* delivery.tick at the last write */
    uint16_t subscription_count;
    uint8_t state;      /* enum stream_state */
    uint8_t notice;     /* enum stream_notice */
    bool everything;    /* listens to topics->all, and to nothing else */
    bool open;          /* may see private records without a token */
    bool publisher_ids; /* events carry their publishers' ids */
    bool blocked;       /* the socket is full: nothing is sent before edge_writable() */
    bool sync_due;      /* send belfry.sync once it has caught up; checked with each write */
};

/* Moves to another state, which must be allowed. */
void stream_move(struct stream *s, enum stream_state state);

static inline struct subscription *stream_subscriptions(struct stream *s)
{
    return s->subscription_count == 1 ? &s->one : s->many;
}

/* Listens to the selectors, of which there must be at least one; repeated ones count once, and "*"
 * means everything. The stream must not listen yet. `topics` has the topics of the tail's records
 * too. */
void stream_listen(struct stream *s, struct topics *topics, const struct slice *selectors,
                   size_t count);
void stream_unlisten(struct stream *s, struct topics *topics);

#define GATHER_RECORDS_MAX 1024
#define GATHER_IOV_MAX 64
#define GATHER_BYTES_MAX (256u << 10) /* bytes of a write; then it is another stream's turn */
#define GATHER_SKIPS_MAX 1024         /* maximum number of records that one gather passes over */

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
        size_t end; /* bytes up to the end of this record */
    } records[GATHER_RECORDS_MAX];
    bool special;   /* a record was examined that not every stream may see */
    uint64_t now_s; /* Unix time, set by the caller; 0 = not known */
    bool all;       /* nothing that matches remains in the tail after these */
    uint64_t head;  /* of the tail */

    /* Number of records passed over since the edge's start. Those of this gather are listed, so
     * that they don't count twice when they are examined again. */
    uint64_t skipped[SKIP_EXPIRED + 1];
    size_t skip_count;
    struct {
        uint64_t offset;
        enum stream_skip reason;
    } skips[GATHER_SKIPS_MAX];

    /* If `valid`, the next stream with only this topic, and this cursor, sends the same bytes. */
    const struct topic *topic;
    uint64_t cursor;
    bool valid;

    uint32_t *positions; /* scratch: one per subscription */
};

/* Gathers what the stream may send from the tail: matching records after its cursor, the first
 * one without the bytes that were sent before. The cursor must not be older than the tail. */
void stream_gather(struct stream *s, const struct tail *tail, struct gather *g);

/* Returns the new cursor of a stream for which nothing was gathered: behind the last record that
 * was examined. */
uint64_t gather_end_cursor(const struct gather *g);

/* Uncounts the records passed over after this offset: they will be examined again. */
void gather_unskip(struct gather *g, uint64_t offset);

/* Moves the cursor after a write of `bytes` of the gathered bytes. Returns true when these were
 * all. */
bool stream_advance(struct stream *s, const struct gather *g, size_t bytes);

/* Returns the number of gathered records that end within the first `bytes`. */
size_t gather_count_written(const struct gather *g, size_t bytes);

/* Finds the cursor from which the stream gets its last `count` matching records. Returns false
 * when they are not all in the tail. */
bool stream_cursor_back(struct stream *s, const struct tail *tail, uint32_t count, struct gather *g,
                        uint64_t *out_cursor);

/* Returns true if a private record may be shown: one of its topics is granted. */
bool stream_granted(const struct stream *s, const struct slice *topics, size_t count);

#endif
