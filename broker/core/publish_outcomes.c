/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/publish_outcomes.h"

#include "common/base/mem.h"

#include <assert.h>

void publish_outcomes_init(struct publish_outcomes *o)
{
    o->pending = NULL;
    o->count = o->capacity = o->sent = 0;
}

void publish_outcomes_clear(struct publish_outcomes *o)
{
    mem_free(o->pending);
    publish_outcomes_init(o);
}

void publish_outcomes_check(const struct publish_outcomes *o)
{
    assert(o->sent <= o->count);
    assert(o->count <= o->capacity);
}

void publish_outcomes_add(struct publish_outcomes *o, uint64_t incarnation, uint64_t seq,
                          enum err code, uint64_t offset)
{
    if (o->count == o->capacity) {
        size_t capacity = o->capacity * 2 + 64;
        void *bigger = mem_try_resize(o->pending, capacity * sizeof *o->pending);

        if (bigger == NULL)
            return;
        o->pending = bigger;
        o->capacity = capacity;
    }
    o->pending[o->count++] =
        (struct pending_outcome){incarnation, {.seq = seq, .code = code, .offset = offset}};
}

bool publish_outcomes_next(struct publish_outcomes *o, struct wire_outcome *out)
{
    size_t count = 0;
    uint64_t incarnation;

    if (o->sent == o->count) {
        o->sent = o->count = 0;
        return false;
    }
    incarnation = o->pending[o->sent].incarnation;
    while (o->sent < o->count && count < PUBLISH_OUTCOMES_FRAME_MAX &&
           o->pending[o->sent].incarnation == incarnation)
        o->frame[count++] = o->pending[o->sent++].outcome;
    out->incarnation = incarnation;
    out->outcomes = o->frame;
    out->count = count;
    return true;
}
