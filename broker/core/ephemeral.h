/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_EPHEMERAL_H
#define BELFRY_BROKER_CORE_EPHEMERAL_H

/* Ephemeral records: broadcast in the order in which they came, and forgotten. */

#include "common/base/list.h"
#include "common/base/slice.h"
#include "common/wire/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of bodies that wait to be broadcast; beyond it they are dropped. */
#define EPHEMERALS_BYTES_MAX ((uint64_t)8 << 20)

/* The ephemeral records of one frame. */
struct ephemeral {
    struct list link;
    size_t bytes;
    size_t count;
    struct slice bodies[]; /* then their bytes */
};

struct ephemerals {
    struct list waiting;   /* struct ephemeral */
    uint64_t bytes;        /* of the bodies that wait */
    struct ephemeral *out; /* given to the shell with the last action */
};

void ephemerals_init(struct ephemerals *e);
void ephemerals_clear(struct ephemerals *e);
void ephemerals_check(const struct ephemerals *e);

/* Adds a copy of the frame's bodies. False when too many wait, or without memory. */
bool ephemerals_add(struct ephemerals *e, const struct wire_ephemeral *frame);

/* Returns the next frame's bodies, which are valid until the next call; false when none waits. */
bool ephemerals_next(struct ephemerals *e, struct wire_ephemeral_batch *out);

#endif
