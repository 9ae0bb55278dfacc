/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_OUTBOX_H
#define BELFRY_EDGE_STATE_OUTBOX_H

/* The outbox: publishes on their way to the broker. Each gets this edge's next number and waits until its
 * record comes back in the log (the echo), the broker says what else became of it, or its deadline passes.
 * What the broker has not taken is sent again, in order: the way up may drop. */

#include "common/base/err.h"
#include "common/base/list.h"
#include "common/base/slice.h"
#include "common/wire/record.h"
#include "common/wire/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTBOX_FRAME_BODIES 1024      /* publishes in one PUBLISH frame */
#define OUTBOX_FRAME_BYTES (1u << 20) /* of bodies, but at least one */

struct outbox_config {
    uint64_t incarnation;
    uint64_t bytes; /* of bodies that wait */
    uint32_t count;
    uint32_t deadline_ms;
    uint32_t resend_ms;
};

/* One publish. First it waits, then it is done and tells its request. */
struct pending {
    struct list link;
    uint64_t seq;
    void *request; /* NULL: forgotten */
    uint64_t taken_ms;
    uint64_t taken_us;
    uint64_t sent_ms; /* 0 = not yet, or to be sent again */
    enum err result;
    uint64_t offset;
    uint16_t group;      /* so many publishes after this one belong to it */
    bool grouped;        /* it is one of a group */
    bool first_in_group; /* and the first of it */
    size_t size;
    char body[];
};

struct outbox {
    struct outbox_config config;
    struct list waiting; /* ascending seq */
    struct list done;    /* outcomes for the shell */
    uint64_t last_seq;   /* the last number given */
    uint64_t sent_seq;   /* sent up to here; what is above waits to be sent (again) */
    uint64_t bytes;
    uint32_t count;
    bool probe;            /* send an empty frame: the broker is to name us */
    struct buf scratch;    /* for encoding a body */
    struct slice *bodies;  /* of the frame that the shell has */
    struct list ephemeral; /* ephemeral publishes, to be sent once */
    struct list sending;   /* ephemeral publishes in the frame that the shell has */
    uint64_t ephemeral_bytes;
    uint64_t now_us; /* set by the caller, for taken_us */

    /* Outcomes, since the start. Every number given is in one of these or waits:
     * last_seq = stored + duplicates + refused + unknown + count. */
    uint64_t stored;
    uint64_t duplicates;
    uint64_t refused;
    uint64_t unknown; /* given up, or lost: it may be stored */
};

void outbox_init(struct outbox *o, const struct outbox_config *config);
void outbox_clear(struct outbox *o);

/* Takes a publish. ERR_UNAVAILABLE: too many wait; ERR_TOO_LARGE: the body is larger than max_body. */
MUST_CHECK enum err outbox_add(struct outbox *o, uint64_t now_ms, const struct record *record,
                               void *request, uint64_t max_body);

/* Takes publishes that are stored all or none. They travel in one frame: ERR_TOO_LARGE beyond its bytes. */
MUST_CHECK enum err outbox_add_group(struct outbox *o, uint64_t now_ms,
                                     const struct record *records, size_t count,
                                     void *const *requests, uint64_t max_body);

/* Takes an ephemeral publish: it is sent once, and done. ERR_UNAVAILABLE: too many wait. */
MUST_CHECK enum err outbox_add_ephemeral(struct outbox *o, const struct record *record,
                                         void *request, uint64_t max_body);

/* The next frame of ephemeral publishes (its epoch is the caller's to fill in). */
bool outbox_next_ephemeral(struct outbox *o, struct wire_ephemeral *out);

void outbox_forget(struct outbox *o, const void *request);

/* Our record is in the log. */
void outbox_echo(struct outbox *o, uint64_t seq, uint64_t offset);

/* The broker says what became of a publish without a record. */
void outbox_outcome(struct outbox *o, const struct wire_seq_outcome *outcome);

/* The beacon: what is above `accepted` and was sent a while ago is sent again; how many are is returned.
 * `caught_up`: the tail has all that the log had when the beacon was made. Then what is at or below `resolved`
 * and has not come back never will: its outcome was lost, and it was no record. */
size_t outbox_progress(struct outbox *o, uint64_t now_ms, uint64_t accepted, uint64_t resolved,
                       bool caught_up);

/* Gives up what waits for too long: ERR_TIMEOUT. */
void outbox_expire(struct outbox *o, uint64_t now_ms);

/* Another log: everything that waits is new to it. */
void outbox_restart(struct outbox *o);

/* The next frame to send (its epoch is the caller's to fill in); false when there is none. */
bool outbox_next(struct outbox *o, uint64_t now_ms, struct wire_publish *out);

/* The next outcome: the caller frees it with mem_free(). NULL when there is none. */
struct pending *outbox_done(struct outbox *o);

void outbox_check(const struct outbox *o);

#endif
