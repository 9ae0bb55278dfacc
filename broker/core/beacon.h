/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_BEACON_H
#define BELFRY_BROKER_CORE_BEACON_H

/* The beacon: when the next one is due, and what it contains. */

#include "broker/core/edges.h"
#include "broker/journal/journal.h"
#include "common/wire/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BEACON_MS 250

struct beacon {
    uint64_t due_ms;                     /* time of the next beacon */
    bool now;                            /* beacon_next() is to return a beacon */
    struct wire_edge_progress *progress; /* of the edges in the last beacon; room for `limit` */
    size_t limit;
};

void beacon_init(struct beacon *beacon, size_t edges, uint64_t now_ms);
void beacon_clear(struct beacon *beacon);
void beacon_check(const struct beacon *beacon);

/* Makes the next beacon due at `due_ms` or earlier. */
void beacon_hurry(struct beacon *beacon, uint64_t due_ms);

/* Marks the beacon to be sent if it is due. */
void beacon_tick(struct beacon *beacon, uint64_t now_ms);

/* Fills in the beacon if it is to be sent, and returns false otherwise. The beacon contains the
 * progress of each edge whose publishes arrive. It is valid until the next call. */
bool beacon_next(struct beacon *beacon, const struct edges *edges,
                 const struct journal_state *journal, struct wire_beacon *out);

#endif
