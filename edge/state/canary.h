/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_CANARY_H
#define BELFRY_EDGE_STATE_CANARY_H

/* The canary: an ephemeral record that an edge sends to itself once a second, by the way of all others (PUB to the
 * broker, back with its broadcast), to measure how long that takes. It goes to no stream, is never stored and counts as
 * no publish. Its topic is the hub's own: nobody may publish to it, and who listens to it hears nothing.
 *
 * So that the canaries of many edges, which the broker sends to each of them, stay few: together about ten in a second.
 *
 * Pure data. Times are microseconds or milliseconds of a clock that never goes back. */

#include "common/base/histogram.h"
#include "common/base/slice.h"
#include "common/wire/wire.h"

#include <stdbool.h>
#include <stdint.h>

#define CANARY_TOPIC WIRE_CANARY_TOPIC
#define CANARY_EDGES 10 /* with more edges each one's canary is rarer */

struct canary {
    uint32_t interval_ms; /* 0: off */
    uint64_t due_ms;
    uint64_t number; /* of the last one */
    uint64_t sent_us;
    bool out;                  /* it has not come back yet */
    uint64_t lost;             /* did not come back before the next one was due */
    struct histogram round_us; /* those that came back */
};

void canary_init(struct canary *c, uint32_t interval_ms, uint64_t now_ms);

/* Whether it is time for the next one; then it counts as sent. `edges`: how many the broker has. */
bool canary_send(struct canary *c, uint64_t now_ms, uint64_t now_us, uint64_t edges);

/* Ours with this number has come. Late ones and others' don't count. */
void canary_returned(struct canary *c, uint64_t number, uint64_t now_us);

/* Whether a record's first topic is the canary's. */
static inline bool canary_is_topic(struct slice topic)
{
    return slice_equal(topic, SLICE(CANARY_TOPIC));
}

#endif
