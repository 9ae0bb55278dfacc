/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_LINK_H
#define BELFRY_EDGE_STATE_LINK_H

/* The edge's link to the broker: which log it follows, and which directions work. Broadcasts go
 * down, publishes go up. Also the requests that wait for an answer. edge/core/receive.c and
 * edge/core/send.c read and make the frames.
 *
 *   LOOKING ──welcome──> JOINED ──beacon──> HEARD <──beacons──> PROVEN
 *                          ^                  │                    │
 *                          └── another log or another term of it ──┘
 *
 * A beacon that names this edge leads from JOINED to PROVEN at once.
 *
 * Pure data. Times are milliseconds of a clock that never goes back. */

#include "common/wire/event_id.h"
#include "common/wire/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINK_BEACON_MS 250 /* the broker's period */
#define LINK_READS_MAX 32  /* maximum number of reads that wait for streams; one more for a hole */

enum link_state {
    LINK_LOOKING, /* no log is known yet: a hello is sent until a welcome comes */
    LINK_JOINED,  /* a log is followed; no beacon of it has come since */
    LINK_HEARD,   /* the last beacon of the log did not name this edge */
    LINK_PROVEN,  /* the last beacon of the log named this edge: the way up works */
    LINK_STATES,
};

enum read_type { READ_HOLE, READ_PAGE, READ_LATEST };

struct stream;

/* A request to the broker that waits for its answer. */
struct read {
    uint64_t request; /* 0 = this element is free */
    enum read_type type;
    struct stream *stream; /* NULL: a read of a hole, or its stream no longer wants it */
    uint64_t deadline_ms;
};

struct link {
    enum link_state state;

    /* No beacon for three periods. Not a state: silence begins in every state and ends with any
     * beacon, even one of another log, and what was proven before it holds until a beacon or a
     * welcome says otherwise. */
    bool silent;

    /* Frames to send at the next opportunity, in any state. A hello may be wanted while another
     * one waits for its answer. */
    bool want_hello;
    bool want_ping;

    struct epoch epoch; /* of the log that is followed; "" while LOOKING */
    uint64_t term;
    uint64_t oldest;    /* oldest offset of the log, as last reported */
    uint64_t join_head; /* head of the log at the time of joining; a tail that reaches it is warm */
    uint64_t topic_records; /* limit of records per topic, as reported by the broker; 0 = none */
    uint64_t topic_ms;      /* limit of their age; 0 = none */
    uint64_t edges;         /* number of edges in the last beacon */
    uint64_t beacon_ms;     /* time of the last beacon */
    uint64_t hello_ms;      /* time of the last hello, 0 = none yet */
    uint64_t hello_request; /* hello that waits for its answer, 0 = none */
    uint64_t ping_ms;       /* when the next ping is due */
    uint64_t last_request;  /* number of the last request of any type */
    uint32_t splits;        /* number of beacons of another log in a row */

    struct read reads[LINK_READS_MAX + 1]; /* the last element is for the hole */
    uint32_t read_count;                   /* number of reads that wait, without the hole's */
    uint64_t read_pause_ms;                /* no read is sent before this time */
};

void link_init(struct link *l, uint64_t now_ms);

/* Forgets the log and all requests. */
void link_clear(struct link *l);

/* Asserts the invariants. */
void link_check(const struct link *l);

/* Moves to a state, which must be allowed after this one. All but LOOKING may follow themselves. */
void link_move(struct link *l, enum link_state state);

static inline bool link_joined(const struct link *l)
{
    return l->state != LINK_LOOKING;
}

/* Returns true when a read may be sent: the broker's beacons are fresh and speak for our log. */
static inline bool link_up(const struct link *l)
{
    return l->state >= LINK_HEARD && !l->silent;
}

/* ---- what comes from the broker ---- */

/* Returns true when a broadcast comes from the log and the broker that the edge follows.
 * Otherwise sets `want_hello`, unless the sender is a broker that has been replaced. */
bool link_ours(struct link *l, struct epoch epoch, uint64_t term);

/* Takes the answer to the hello that waits. Returns false when the frame does not answer it. */
bool link_answered(struct link *l, const struct wire_welcome *frame);

/* Follows the welcome's log, which must have an epoch. Forgets the hole's read. */
void link_follow(struct link *l, const struct wire_welcome *frame);

/* Follows the welcome's broker. Returns true when it is another one than before: no beacon of it
 * has named this edge yet. */
bool link_serve(struct link *l, const struct wire_welcome *frame);

/* Takes the time of a beacon of any log. Returns true when it ends a silence. */
bool link_break_silence(struct link *l, uint64_t now_ms);

/* Takes a beacon of our log. `named`: it names this edge. */
void link_beacon(struct link *l, const struct wire_beacon *frame, bool named);

/* Takes a beacon of another log or term. Returns true once: when the number of beacons of
 * another log in a row shows that an address must be wrong. */
bool link_other_beacon(struct link *l, struct epoch epoch);

/* ---- requests ---- */

/* Starts a hello when one is due. Returns its number, or 0. */
uint64_t link_start_hello(struct link *l, uint64_t now_ms);

/* Starts a read and sets its deadline. Returns NULL when the maximum number of reads waits. */
struct read *link_begin_read(struct link *l, uint64_t now_ms, enum read_type type,
                             struct stream *stream);

/* Takes the read with this number out of those that wait. Returns false when there is none. */
bool link_take_read(struct link *l, uint64_t request, struct read *out);

/* Takes out a read whose deadline has passed. Returns false when there is none. */
bool link_take_late_read(struct link *l, uint64_t now_ms, struct read *out);

/* Detaches the stream from its reads, which go on without it. */
void link_cancel_reads(struct link *l, const struct stream *stream);

/* Checks the deadlines of beacons, hello and ping. Returns true when the broker has just become
 * silent. */
bool link_tick(struct link *l, uint64_t now_ms);

#endif
