/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_COUNTERS_H
#define BELFRY_BROKER_CORE_COUNTERS_H

/* The broker's counters, and the JSON that `belfry stats` shows. */

#include "broker/core/edges.h"
#include "broker/journal/journal.h"
#include "common/base/buf.h"
#include "common/base/histogram.h"

#include <stdint.h>

#define COUNTERS_SECONDS 10 /* seconds that are counted one by one, the current one included */

struct broker_counters {
    uint64_t started_ms;
    uint64_t started_head; /* head at the start; now it is started_head + stored */

    /* Publishes. taken = stored + duplicates + refused + those that wait for the disk. */
    uint64_t taken;
    uint64_t stored;       /* records */
    uint64_t duplicates;   /* publishes whose id the log already has */
    uint64_t refused;      /* publishes with another outcome */
    uint64_t dropped;      /* out of sequence or beyond the queue's limit; edges send them again */
    uint64_t dropped_full; /* the part of `dropped` beyond the limit, or without memory */
    uint64_t malformed;    /* frames */
    uint64_t foreign;      /* frames of another epoch */
    uint64_t commits;
    uint64_t failed_commits;
    uint64_t reads;
    uint64_t commands;           /* from operators and edges */
    uint64_t ephemerals;         /* valid ephemeral records that came, without canaries */
    uint64_t ephemerals_dropped; /* the part of `ephemerals` dropped because too many waited */
    uint64_t edges_refused;      /* hellos beyond the maximum number of edges */
    uint64_t reads_refused; /* reads for streams and holes beyond the maximum number in progress */
    uint64_t members_unlisted; /* members that do not fit into the roster */
    uint64_t canaries;         /* records with which edges measure the round trip */
    struct histogram commit_us;
    uint64_t second;                       /* second of the newest element of `per_second` */
    uint64_t per_second[COUNTERS_SECONDS]; /* number of records stored in each second, a ring */
};

/* Counts a stored batch of `records` records. */
void broker_counters_stored(struct broker_counters *s, uint64_t now_ms, uint64_t records,
                            uint64_t commit_us);

/* Returns the records stored per second, averaged over the last COUNTERS_SECONDS - 1 complete
 * seconds. */
double broker_counters_rate(const struct broker_counters *s, uint64_t now_ms);

/* Appends a JSON object. `queued` is the number of publishes that wait for the disk. */
void broker_counters_json(const struct broker_counters *s, const char *software,
                          const struct journal_state *journal, const struct edges *edges,
                          uint64_t queued, uint64_t now_ms, struct buf *out);

#endif
