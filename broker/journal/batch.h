/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_JOURNAL_BATCH_H
#define BELFRY_BROKER_JOURNAL_BATCH_H

/* A batch: the publishes that one transaction stores. The broker's core collects it, the journal
 * gives each entry its offset or an error, and the core broadcasts it.
 *
 * A batch owns the bytes of its bodies. One thread has it at a time: the loop while it collects
 * and broadcasts, the writer while it appends. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/wire/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct batch_entry {
    struct record record; /* its slices and topics point into the batch */
    struct slice body;    /* the record's bytes as stored */
    uint64_t time_ms;

    /* Set by the journal, as is `offset`. OK: stored; ERR_DUPLICATE: `offset` is that of the first
     * record with this id; ERR_CONFLICT: `offset` is that of the topic's newest record, or 0 */
    enum err result;
    uint64_t offset;
};

/* The last pub_seq accepted from an edge. It is stored in the batch's transaction. */
struct batch_edge {
    uint64_t incarnation;
    uint64_t accepted;
    uint64_t seen_ms; /* Unix time; the journal forgets edges that it has not seen for an hour */
    /* number of the batch's entries when this was set; the last of them is the publish with the
     * number `accepted`, unless that publish was refused */
    size_t entries;
};

struct batch_chunk;

struct batch {
    struct batch_entry *entries;
    size_t count;
    size_t capacity;
    struct batch_edge *edges;
    size_t edge_count;
    size_t edge_capacity;
    size_t bytes;               /* size of the bodies */
    struct batch_chunk *chunks; /* memory of bodies and topics, which entries point into */
    size_t stored;              /* number of entries with result OK; set by the journal */
};

void batch_init(struct batch *b);
void batch_clear(struct batch *b);

/* Removes the entries and keeps one chunk of memory. */
void batch_reset(struct batch *b);

/* Adds a copy of a publish. `record` is the decoded `body`, which its slices must point into.
 * ERR_NO_MEMORY. */
MUST_CHECK enum err batch_add(struct batch *b, const struct record *record, struct slice body,
                              uint64_t time_ms);

/* Sets an edge's last accepted number, which must not decrease. The last call per incarnation
 * counts. */
void batch_set_edge(struct batch *b, uint64_t incarnation, uint64_t accepted, uint64_t seen_ms);

#endif
