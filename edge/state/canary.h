/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_CANARY_H
#define BELFRY_EDGE_STATE_CANARY_H

/* The canary: an ephemeral record that an edge sends to itself to measure the round trip. It
 * travels like all others: by PUB to the broker, and back in a broadcast. No stream gets it, it is
 * never stored, and it does not count as a publish. Its topic belongs to the hub: nobody may
 * publish to it, and its listeners get nothing.
 *
 * The broker sends each canary to every edge. So with more than CANARY_EDGES edges, each sends its
 * own less often: with an interval of a second, there are about ten a second in total.
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
    uint32_t interval_ms;      /* 0: off */
    uint64_t due_ms;           /* when the next one is due */
    uint64_t number;           /* number of the last one */
    uint64_t sent_us;          /* when the last one was sent */
    bool out;                  /* the last one has not come back yet */
    uint64_t lost;             /* number of canaries that were not back when the next one was due */
    struct histogram round_us; /* round trips of those that came back */
};

void canary_init(struct canary *c, uint32_t interval_ms, uint64_t now_ms);

/* Returns true if the next canary is due; it then counts as sent. `edges`: number of edges that
 * the broker has. */
bool canary_send(struct canary *c, uint64_t now_ms, uint64_t now_us, uint64_t edges);

/* Takes this edge's canary when it comes back. Only the last one sent counts. */
void canary_returned(struct canary *c, uint64_t number, uint64_t now_us);

/* Returns true if this is the canary's topic. */
static inline bool canary_is_topic(struct slice topic)
{
    return slice_equal(topic, SLICE(CANARY_TOPIC));
}

#endif
