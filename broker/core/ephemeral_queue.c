/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/ephemeral_queue.h"

#include "common/base/mem.h"

#include <assert.h>
#include <string.h>

#define EPHEMERAL(node) LIST_ENTRY((node), struct ephemeral_bodies, link)

void ephemeral_queue_init(struct ephemeral_queue *e)
{
    *e = (struct ephemeral_queue){0};
    list_init(&e->waiting);
}

void ephemeral_queue_clear(struct ephemeral_queue *e)
{
    struct list *node;

    mem_free(e->out);
    while ((node = list_shift(&e->waiting)) != NULL)
        mem_free(EPHEMERAL(node));
    ephemeral_queue_init(e);
}

void ephemeral_queue_check(const struct ephemeral_queue *e)
{
    uint64_t bytes = 0;

    for (struct list *i = e->waiting.next; i != &e->waiting; i = i->next)
        bytes += EPHEMERAL(i)->bytes;
    assert(bytes == e->bytes);
}

static struct ephemeral_bodies *copy(const struct wire_ephemeral *frame)
{
    size_t bytes = 0;
    struct ephemeral_bodies *ephemeral;
    char *text;

    for (size_t i = 0; i < frame->count; i++)
        bytes += frame->bodies[i].size;
    ephemeral = mem_try(sizeof *ephemeral + frame->count * sizeof ephemeral->bodies[0] + bytes);
    if (ephemeral == NULL)
        return NULL;
    *ephemeral = (struct ephemeral_bodies){.bytes = bytes, .count = frame->count};
    list_init(&ephemeral->link);
    text = (char *)(ephemeral->bodies + frame->count);
    for (size_t i = 0; i < frame->count; i++) {
        memcpy(text, frame->bodies[i].data, frame->bodies[i].size);
        ephemeral->bodies[i] = slice_of(text, frame->bodies[i].size);
        text += frame->bodies[i].size;
    }
    return ephemeral;
}

bool ephemeral_queue_add(struct ephemeral_queue *e, const struct wire_ephemeral *frame)
{
    struct ephemeral_bodies *ephemeral = e->bytes > EPHEMERAL_QUEUE_BYTES_MAX ? NULL : copy(frame);

    if (ephemeral == NULL)
        return false;
    e->bytes += ephemeral->bytes;
    list_push(&e->waiting, &ephemeral->link);
    return true;
}

bool ephemeral_queue_next(struct ephemeral_queue *e, struct wire_ephemeral_batch *out)
{
    struct list *node = list_shift(&e->waiting);

    mem_free(e->out);
    e->out = NULL;
    if (node == NULL)
        return false;
    e->out = EPHEMERAL(node);
    e->bytes -= e->out->bytes;
    out->bodies = e->out->bodies;
    out->count = e->out->count;
    return true;
}
