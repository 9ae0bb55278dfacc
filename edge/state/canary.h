/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_CANARY_H
#define BELFRY_EDGE_STATE_CANARY_H

/* The canary: an ephemeral record that an edge sends to itself once a second, by the way of all
 * others (PUB to the broker, back with its broadcast), to measure how long that takes. No stream
 * gets it, it is never stored, and it does not count as a publish. Its topic belongs to the hub:
 * nobody may publish to it, and its listeners get nothing.
 *
 * The more edges there are, the rarer are their canaries, since the broker sends each to every
 * edge: about ten in a second in total.
 *
 * Pure data. Times are microseconds or milliseconds of a clock that never goes back. */

#include "common/base/histogram.h"
#include "common/base/slice.h"
#include "common/wire/wire.h"

#include <stdbool.h>
#include <stdint.h>

#define CANARY_TOPIC WIRE_CANARY_TOPIC
#define CANARY_EDGES 10 /* with more edges than this, each sends its canary less often */

struct canary {
    uint32_t interval_ms; /* 0: off */
    uint64_t due_ms;
    uint64_t number; /* number of the last one */
    uint64_t sent_us;
    bool out;                  /* it has not come back yet */
    uint64_t lost;             /* number of canaries that were not back when the next one was due */
    struct histogram round_us; /* round trips of those that came back */
};

void canary_init(struct canary *c, uint32_t interval_ms, uint64_t now_ms);

/* Returns true if the next canary is due; it then counts as sent. `edges`: number of edges that
 * the broker has. */
bool canary_send(struct canary *c, uint64_t now_ms, uint64_t now_us, uint64_t edges);

/* Takes our canary with this number. Late ones and those of others don't count. */
void canary_returned(struct canary *c, uint64_t number, uint64_t now_us);

/* Returns true if this is the canary's topic. */
static inline bool canary_is_topic(struct slice topic)
{
    return slice_equal(topic, SLICE(CANARY_TOPIC));
}

#endif
