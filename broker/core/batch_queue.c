/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/batch_queue.h"

#include "common/base/mem.h"

#include <assert.h>

#define QUEUED(node) LIST_ENTRY((node), struct queued_batch, link)

void batch_queue_init(struct batch_queue *q)
{
    *q = (struct batch_queue){0};
    list_init(&q->waiting);
    list_init(&q->spare);
}

static void free_batch(struct queued_batch *queued)
{
    if (queued == NULL)
        return;
    batch_clear(&queued->batch);
    mem_free(queued);
}

static void free_batches(struct list *batches)
{
    struct list *link;

    while ((link = list_shift(batches)) != NULL)
        free_batch(QUEUED(link));
}

void batch_queue_clear(struct batch_queue *q)
{
    free_batches(&q->waiting);
    free_batches(&q->spare);
    free_batch(q->writing);
    free_batch(q->stored);
    mem_free(q->entries);
    batch_queue_init(q);
}

void batch_queue_check(const struct batch_queue *q)
{
    uint64_t bytes = q->writing == NULL ? 0 : q->writing->batch.bytes;

    for (struct list *i = q->waiting.next; i != &q->waiting; i = i->next)
        bytes += QUEUED(i)->batch.bytes;
    assert(bytes == q->bytes);
    assert(q->stored == NULL || q->stored->batch.stored <= q->stored->batch.count);
}

uint64_t batch_queue_count(const struct batch_queue *q)
{
    uint64_t count = q->writing == NULL ? 0 : q->writing->batch.count;

    for (struct list *i = q->waiting.next; i != &q->waiting; i = i->next)
        count += QUEUED(i)->batch.count;
    return count;
}

bool batch_queue_idle(const struct batch_queue *q)
{
    return q->writing == NULL && q->stored == NULL && list_empty(&q->waiting);
}

static struct batch *begin_batch(struct batch_queue *q)
{
    struct list *spare = list_shift(&q->spare);
    struct queued_batch *queued;

    if (spare != NULL) {
        queued = QUEUED(spare);
    } else {
        queued = mem_alloc(sizeof *queued);
        list_init(&queued->link);
        batch_init(&queued->batch);
    }
    list_push(&q->waiting, &queued->link);
    return &queued->batch;
}

struct batch *batch_queue_collecting(struct batch_queue *q, uint64_t bytes_max,
                                     uint32_t records_max)
{
    struct batch *last;

    if (list_empty(&q->waiting))
        return begin_batch(q);
    last = &QUEUED(q->waiting.prev)->batch;
    if (last->bytes >= bytes_max || last->count >= records_max)
        return begin_batch(q);
    return last;
}

struct batch *batch_queue_next(struct batch_queue *q)
{
    if (q->writing != NULL || list_empty(&q->waiting))
        return NULL;
    q->writing = QUEUED(list_shift(&q->waiting));
    return &q->writing->batch;
}

void batch_queue_written(struct batch_queue *q, const struct batch *batch)
{
    assert(q->writing != NULL && &q->writing->batch == batch);
    assert(q->stored == NULL);
    q->stored = q->writing;
    q->writing = NULL;
    q->bytes -= batch->bytes;
}

bool batch_queue_records(struct batch_queue *q, struct wire_batch *out)
{
    size_t count = 0;
    struct batch *batch;

    if (q->stored == NULL || q->stored->batch.stored == 0)
        return false;
    batch = &q->stored->batch;
    if (batch->stored > q->entry_capacity) {
        mem_free(q->entries);
        q->entries = mem_alloc(batch->stored * sizeof *q->entries);
        q->entry_capacity = batch->stored;
    }
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_entry *e = &batch->entries[i];

        if (e->result == OK)
            q->entries[count++] = (struct entry){e->offset, e->time_ms, e->body};
    }
    batch->stored = 0; /* they are returned once */
    out->entries = q->entries;
    out->count = count;
    return true;
}

void batch_queue_recycle(struct batch_queue *q)
{
    struct queued_batch *queued = q->stored;

    if (queued == NULL)
        return;
    q->stored = NULL;
    if (list_empty(&q->spare)) {
        batch_reset(&queued->batch);
        list_push(&q->spare, &queued->link);
    } else {
        free_batch(queued);
    }
}
