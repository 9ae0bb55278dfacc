/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/ephemeral.h"

#include "common/base/mem.h"

#include <assert.h>
#include <string.h>

#define EPHEMERAL(node) LIST_ENTRY((node), struct ephemeral, link)

void ephemerals_init(struct ephemerals *e)
{
    *e = (struct ephemerals){0};
    list_init(&e->waiting);
}

void ephemerals_clear(struct ephemerals *e)
{
    struct list *node;

    mem_free(e->out);
    while ((node = list_shift(&e->waiting)) != NULL)
        mem_free(EPHEMERAL(node));
    ephemerals_init(e);
}

void ephemerals_check(const struct ephemerals *e)
{
    uint64_t bytes = 0;

    for (struct list *i = e->waiting.next; i != &e->waiting; i = i->next)
        bytes += EPHEMERAL(i)->bytes;
    assert(bytes == e->bytes);
}

static struct ephemeral *copy(const struct wire_ephemeral *frame)
{
    size_t bytes = 0;
    struct ephemeral *ephemeral;
    char *text;

    for (size_t i = 0; i < frame->count; i++)
        bytes += frame->bodies[i].size;
    ephemeral = mem_try(sizeof *ephemeral + frame->count * sizeof ephemeral->bodies[0] + bytes);
    if (ephemeral == NULL)
        return NULL;
    *ephemeral = (struct ephemeral){.bytes = bytes, .count = frame->count};
    list_init(&ephemeral->link);
    text = (char *)(ephemeral->bodies + frame->count);
    for (size_t i = 0; i < frame->count; i++) {
        memcpy(text, frame->bodies[i].data, frame->bodies[i].size);
        ephemeral->bodies[i] = slice_of(text, frame->bodies[i].size);
        text += frame->bodies[i].size;
    }
    return ephemeral;
}

bool ephemerals_add(struct ephemerals *e, const struct wire_ephemeral *frame)
{
    struct ephemeral *ephemeral = e->bytes > EPHEMERALS_BYTES_MAX ? NULL : copy(frame);

    if (ephemeral == NULL)
        return false;
    e->bytes += ephemeral->bytes;
    list_push(&e->waiting, &ephemeral->link);
    return true;
}

bool ephemerals_next(struct ephemerals *e, struct wire_ephemeral_batch *out)
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
