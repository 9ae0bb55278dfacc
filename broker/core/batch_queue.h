/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_BATCH_QUEUE_H
#define BELFRY_BROKER_CORE_BATCH_QUEUE_H

/* The batches on their way to the disk and back. One collects publishes, full ones wait, at most
 * one is with the writer, and at most one is back and being broadcast. */

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
    struct list spare;            /* at most one empty batch, kept for its memory */
    uint64_t bytes;               /* size of the bodies that wait or are with the writer */
    struct queued_batch *writing; /* with the writer */
    struct queued_batch *stored;  /* back from the writer, to be broadcast and recycled */
    struct entry *entries;        /* entries of the BATCH frame that is with the shell */
    size_t entry_capacity;
    bool full; /* a full queue was reported; reset when a publish is accepted again */
};

void batch_queue_init(struct batch_queue *q);
void batch_queue_clear(struct batch_queue *q);
void batch_queue_check(const struct batch_queue *q);

/* Returns the number of publishes that wait or are with the writer. */
uint64_t batch_queue_count(const struct batch_queue *q);

/* Returns true when no batch waits, is with the writer, or is to be broadcast. */
bool batch_queue_idle(const struct batch_queue *q);

/* Returns the batch that collects. When it has reached a limit, it waits for the writer and another
 * one begins. The caller must add the size of each body that it adds to q->bytes. */
struct batch *batch_queue_collecting(struct batch_queue *q, uint64_t bytes_max,
                                     uint32_t records_max);

/* Returns the oldest batch for the writer. Returns NULL while the writer has a batch, and when none
 * waits. */
struct batch *batch_queue_next(struct batch_queue *q);

/* Takes back `batch`, which must be the one with the writer. The batch before it must have been
 * recycled. */
void batch_queue_written(struct batch_queue *q, const struct batch *batch);

/* Returns the records of the stored batch, once. They are valid until the next call. Returns false
 * when there are none. */
bool batch_queue_records(struct batch_queue *q, struct wire_batch *out);

/* Recycles the stored batch, if there is one. Its records are invalid afterwards. */
void batch_queue_recycle(struct batch_queue *q);

#endif
