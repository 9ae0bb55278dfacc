/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_PUBLISH_OUTCOMES_H
#define BELFRY_BROKER_CORE_PUBLISH_OUTCOMES_H

/* The queue of outcomes of publishes that get no record of their own: duplicate or refused. */

#include "common/base/err.h"
#include "common/wire/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PUBLISH_OUTCOMES_FRAME_MAX 8192 /* outcomes of one OUTCOME frame */

struct pending_outcome {
    uint64_t incarnation;
    struct wire_seq_outcome outcome;
};

struct publish_outcomes {
    struct pending_outcome *pending;
    size_t count;
    size_t capacity;
    size_t sent; /* number of pending outcomes that publish_outcomes_next() has returned */
    struct wire_seq_outcome frame[PUBLISH_OUTCOMES_FRAME_MAX]; /* outcomes returned last */
};

void publish_outcomes_init(struct publish_outcomes *o);
void publish_outcomes_clear(struct publish_outcomes *o);
void publish_outcomes_check(const struct publish_outcomes *o);

/* Adds the outcome of one publish. When memory runs out it is dropped, as if a frame were lost.
 * Then the beacon's `resolved` ends the edge's wait. */
void publish_outcomes_add(struct publish_outcomes *o, uint64_t incarnation, uint64_t seq,
                          enum err code, uint64_t offset);

/* Returns the next outcomes of one edge: sets the incarnation and the outcomes, which are valid
 * until the next call. Returns false when there are none. */
bool publish_outcomes_next(struct publish_outcomes *o, struct wire_outcome *out);

#endif
