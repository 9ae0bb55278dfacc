/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_COUNTERS_H
#define BELFRY_BROKER_CORE_COUNTERS_H

/* What the broker counts, and the JSON that `belfry stats` shows. */

#include "broker/core/edges.h"
#include "broker/journal/journal.h"
#include "common/base/buf.h"
#include "common/base/histogram.h"

#include <stdint.h>

#define COUNTERS_SECONDS 10 /* the window of "per second" figures */

struct broker_counters {
    uint64_t started_ms;
    uint64_t started_head; /* of the log: head = started_head + stored */
    uint64_t taken;  /* publishes: each is stored, a duplicate, refused, or waits for the disk */
    uint64_t stored; /* records */
    uint64_t duplicates; /* publishes whose id was there already */
    uint64_t refused;    /* publishes with another outcome */
    uint64_t dropped; /* publishes out of turn or beyond the queue's limit; edges send them again */
    uint64_t dropped_full; /* of the dropped ones: those beyond the queue's limit */
    uint64_t malformed;    /* frames */
    uint64_t foreign;      /* frames of another epoch */
    uint64_t commits;
    uint64_t failed_commits;
    uint64_t reads;
    uint64_t commands;           /* of operators and edges */
    uint64_t ephemerals;         /* records handed on that are never stored; without canaries */
    uint64_t ephemerals_dropped; /* too many waited */
    uint64_t edges_refused;      /* hellos, and there are as many as may be */
    uint64_t reads_refused;      /* as many as may be are in the making */
    uint64_t members_unlisted;   /* who listens to what: no room in the roster */
    uint64_t canaries;           /* of edges that measure the way round */
    struct histogram commit_us;
    uint64_t second;                       /* of the newest bucket */
    uint64_t per_second[COUNTERS_SECONDS]; /* records stored, a ring by second */
};

/* A batch of `records` was stored. */
void broker_counters_stored(struct broker_counters *s, uint64_t now_ms, uint64_t records,
                            uint64_t commit_us);

/* Records stored per second, over the last COUNTERS_SECONDS whole seconds. */
double broker_counters_rate(const struct broker_counters *s, uint64_t now_ms);

/* A JSON object. `queued`: publishes that wait for the disk. */
void broker_counters_json(const struct broker_counters *s, const char *software,
                          const struct journal_state *journal, const struct edges *edges,
                          uint64_t queued, uint64_t now_ms, struct buf *out);

#endif
