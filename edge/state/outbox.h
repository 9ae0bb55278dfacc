/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_OUTBOX_H
#define BELFRY_EDGE_STATE_OUTBOX_H

/* The outbox: publishes on their way to the broker. Each gets this edge's next number and waits
 * until its record comes back in the log (the echo), the broker reports another outcome, or its
 * deadline passes. What the broker has not accepted is sent again, in order, because frames to
 * the broker may be lost. */

#include "common/base/err.h"
#include "common/base/list.h"
#include "common/base/slice.h"
#include "common/wire/record.h"
#include "common/wire/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTBOX_FRAME_BODIES 1024      /* maximum number of publishes in one PUBLISH frame */
#define OUTBOX_FRAME_BYTES (1u << 20) /* of bodies in one frame; a larger body travels alone */

struct outbox_config {
    uint64_t incarnation;
    uint64_t bytes;       /* maximum size of all bodies that wait */
    uint32_t count;       /* maximum number of publishes that wait */
    uint32_t deadline_ms; /* a publish that has waited this long is given up */
    uint32_t resend_ms;   /* a publish is sent again after this time at the earliest */
};

/* One publish, or with seq 0 an ephemeral one. It waits until it has an outcome; then it is done,
 * and its request gets the outcome. */
struct pending {
    struct list link;
    uint64_t seq;
    void *request;       /* NULL after outbox_forget() */
    uint64_t taken_ms;   /* when it was added, for the deadline */
    uint64_t taken_us;   /* the same in microseconds, for metrics */
    uint64_t sent_ms;    /* when it was last sent; 0 = not yet */
    enum err result;     /* the outcome (struct edge_published_action) */
    uint64_t offset;     /* of its record, or with ERR_DUPLICATE of the first one */
    uint16_t group;      /* number of publishes that follow in the same group */
    bool grouped;        /* belongs to a group */
    bool first_in_group; /* first publish of its group */
    size_t size;         /* of the body */
    char body[];
};

struct outbox {
    struct outbox_config config;
    struct list waiting;      /* ascending seq */
    struct list done;         /* outcomes for the shell */
    uint64_t last_seq;        /* last number given to a publish */
    uint64_t sent_seq;        /* last number sent; later ones are to be sent (again) */
    uint64_t bytes;           /* size of all bodies in `waiting` */
    uint32_t count;           /* number of publishes in `waiting` */
    bool probe;               /* send an empty frame, so that the beacons name this edge */
    struct buf scratch;       /* for encoding a body */
    struct slice *bodies;     /* of the frame handed to the shell */
    struct list ephemeral;    /* ephemeral publishes, to be sent once */
    struct list sending;      /* ephemeral publishes in the frame handed to the shell */
    uint64_t ephemeral_bytes; /* size of all bodies in `ephemeral` */
    uint64_t now_us;          /* set by the caller, for taken_us */

    /* Outcomes since the start. Every number given is counted in exactly one of these, or its
     * publish still waits: last_seq = stored + duplicates + refused + unknown + count. */
    uint64_t stored;
    uint64_t duplicates;
    uint64_t refused;
    uint64_t unknown; /* given up, or lost: the record may be stored */
};

void outbox_init(struct outbox *o, const struct outbox_config *config);
void outbox_clear(struct outbox *o);

/* Takes a publish. ERR_UNAVAILABLE: too many wait; ERR_TOO_LARGE: the body is larger than
 * max_body. */
MUST_CHECK enum err outbox_add(struct outbox *o, uint64_t now_ms, const struct record *record,
                               void *request, uint64_t max_body);

/* Takes a group of at least one publish: either all of them are stored or none is. A group travels
 * in one frame. ERR_TOO_LARGE: it does not fit there, or a body is larger than max_body.
 * ERR_UNAVAILABLE: too many wait. */
MUST_CHECK enum err outbox_add_group(struct outbox *o, uint64_t now_ms,
                                     const struct record *records, size_t count,
                                     void *const *requests, uint64_t max_body);

/* Takes an ephemeral publish, which is sent once. It is done at once, with OK. ERR_UNAVAILABLE: too
 * many wait to be sent; ERR_TOO_LARGE. */
MUST_CHECK enum err outbox_add_ephemeral(struct outbox *o, const struct record *record,
                                         void *request, uint64_t max_body);

/* Returns the next frame of ephemeral publishes (the caller sets its epoch). Returns false when
 * there is none. */
bool outbox_next_ephemeral(struct outbox *o, struct wire_ephemeral *out);

/* Detaches a request that has ended. Its publishes continue; their outcomes have no request. */
void outbox_forget(struct outbox *o, const void *request);

/* Takes the echo: this edge's publish `seq` has come back as the record at `offset`. */
void outbox_echo(struct outbox *o, uint64_t seq, uint64_t offset);

/* Takes the broker's outcome of a publish that got no record: it is a duplicate, or was refused. */
void outbox_outcome(struct outbox *o, const struct wire_seq_outcome *outcome);

/* Takes a beacon. If the first publish above `accepted` was sent at least `resend_ms` ago, all that
 * were sent above `accepted` are to be sent again; returns their number. `caught_up`: the tail has
 * everything that the log had when the beacon was made. Then a publish at or below `resolved` that
 * has not come back never will: the frame with its outcome was lost. It gets ERR_UNAVAILABLE. */
size_t outbox_progress(struct outbox *o, uint64_t now_ms, uint64_t accepted, uint64_t resolved,
                       bool caught_up);

/* Gives up publishes that have waited too long: ERR_TIMEOUT. */
void outbox_expire(struct outbox *o, uint64_t now_ms);

/* Starts over with another log: everything that waits is sent again. */
void outbox_restart(struct outbox *o);

/* Returns the next frame to send (the caller sets its epoch). Returns false when there is none. */
bool outbox_next(struct outbox *o, uint64_t now_ms, struct wire_publish *out);

/* Returns the next outcome, which the caller frees with mem_free(). Returns NULL when there is
 * none. */
struct pending *outbox_done(struct outbox *o);

/* Asserts the invariants. */
void outbox_check(const struct outbox *o);

#endif
