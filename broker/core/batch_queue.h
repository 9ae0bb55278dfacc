/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_BATCH_QUEUE_H
#define BELFRY_BROKER_CORE_BATCH_QUEUE_H

/* The batches on their way to the disk and back: one collects publishes, full ones wait, at most
 * one is with the writer, and a stored one is broadcast and then recycled. */

#include "broker/journal/batch.h"
#include "common/base/list.h"
#include "common/wire/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queued_batch {
    struct list link;
    struct batch batch;
};

struct batch_queue {
    struct list waiting;          /* struct queued_batch; the last one collects */
    struct list spare;            /* an emptied one, kept for its memory */
    uint64_t bytes;               /* of the bodies that wait or that the writer has */
    struct queued_batch *writing; /* with the writer */
    struct queued_batch *stored;  /* back from it, to be broadcast */
    struct entry *entries;        /* of the BATCH frame that the shell has */
    size_t entry_capacity;
    bool full; /* reported; until something is taken again */
};

void batch_queue_init(struct batch_queue *q);
void batch_queue_clear(struct batch_queue *q);
void batch_queue_check(const struct batch_queue *q);

/* Returns the number of publishes that wait for the disk. */
uint64_t batch_queue_count(const struct batch_queue *q);

/* Returns true when no batch waits, is with the writer, or is to be broadcast. */
bool batch_queue_idle(const struct batch_queue *q);

/* Returns the batch that collects. One that has reached a limit is left to the writer, and
 * another begun. The caller adds to `bytes` what it adds to the batch. */
struct batch *batch_queue_collecting(struct batch_queue *q, uint64_t bytes_max,
                                     uint32_t records_max);

/* Returns the oldest batch, for the writer; NULL while the writer has one, and when none waits. */
struct batch *batch_queue_next(struct batch_queue *q);

/* Takes the batch back that the writer has. */
void batch_queue_written(struct batch_queue *q, const struct batch *batch);

/* Returns the records of the stored batch, once; they are valid until the next call. False when
 * there are none. */
bool batch_queue_records(struct batch_queue *q, struct wire_batch *out);

/* Ends the stored batch, if there is one. Nothing of it is valid afterwards. */
void batch_queue_recycle(struct batch_queue *q);

#endif
