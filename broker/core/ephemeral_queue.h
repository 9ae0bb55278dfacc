/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_EPHEMERAL_QUEUE_H
#define BELFRY_BROKER_CORE_EPHEMERAL_QUEUE_H

/* The queue of ephemeral records. They are broadcast in the order in which they came, and never
 * stored. */

#include "common/base/list.h"
#include "common/base/slice.h"
#include "common/wire/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Size of the waiting bodies beyond which further frames are dropped. */
#define EPHEMERAL_QUEUE_BYTES_MAX ((uint64_t)8 << 20)

/* The ephemeral records of one frame. */
struct ephemeral_bodies {
    struct list link;
    size_t bytes;
    size_t count;
    struct slice bodies[]; /* followed by their bytes */
};

struct ephemeral_queue {
    struct list waiting;          /* struct ephemeral_bodies */
    uint64_t bytes;               /* size of the bodies that wait */
    struct ephemeral_bodies *out; /* with the shell since the last action */
};

void ephemeral_queue_init(struct ephemeral_queue *e);
void ephemeral_queue_clear(struct ephemeral_queue *e);
void ephemeral_queue_check(const struct ephemeral_queue *e);

/* Adds a copy of the frame's bodies. Returns false when too many wait or memory runs out. */
bool ephemeral_queue_add(struct ephemeral_queue *e, const struct wire_ephemeral *frame);

/* Returns the next frame's bodies, which are valid until the next call. Returns false when none
 * wait. */
bool ephemeral_queue_next(struct ephemeral_queue *e, struct wire_ephemeral_batch *out);

#endif
