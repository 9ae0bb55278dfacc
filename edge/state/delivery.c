/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/delivery.h"

#include "common/base/mem.h"

#include <assert.h>

void delivery_init(struct delivery *d, uint32_t heartbeat_ms, uint32_t stream_topics,
                   uint64_t now_ms)
{
    memset(d, 0, sizeof *d);
    d->slot_ms = heartbeat_ms / DELIVERY_SLOTS;
    d->tick_ms = now_ms + d->slot_ms;
    list_init(&d->marked);
    list_init(&d->ready);
    list_init(&d->waiting);
    list_init(&d->held);
    list_init(&d->due);
    for (size_t i = 0; i < DELIVERY_SLOTS; i++)
        list_init(&d->wheel[i]);
    d->gather.positions = mem_alloc(stream_topics * sizeof *d->gather.positions);
}

void delivery_clear(struct delivery *d)
{
    assert(d->stream_count == 0);
    mem_free(d->gather.positions);
    d->gather.positions = NULL;
}

static size_t length(const struct list *head)
{
    size_t count = 0;

    for (const struct list *i = head->next; i != head; i = i->next)
        count++;
    return count;
}

void delivery_check(const struct delivery *d)
{
    size_t in_wheel = length(&d->due);

    for (size_t i = 0; i < DELIVERY_SLOTS; i++)
        in_wheel += length(&d->wheel[i]);
    assert(in_wheel == d->stream_count);
    assert(length(&d->held) == d->page_count);
    assert(length(&d->ready) + length(&d->waiting) <= d->stream_count);
}

static void put(struct delivery *d, struct stream *s, uint32_t tick)
{
    list_push(&d->wheel[tick % DELIVERY_SLOTS], &s->wheel);
}

void delivery_add(struct delivery *d, struct stream *s)
{
    s->tick = d->tick;
    put(d, s, d->tick + DELIVERY_SLOTS - 1);
    d->stream_count++;
}

void delivery_remove(struct delivery *d, struct stream *s)
{
    list_remove(&s->link);
    list_remove(&s->wheel);
    d->gather.valid = false; /* a topic may be freed with its last stream */
    if (d->writing == s)
        d->writing = NULL;
    d->stream_count--;
}

void delivery_tick(struct delivery *d, uint64_t now_ms)
{
    uint32_t turns = 0;

    while (now_ms >= d->tick_ms && turns++ < DELIVERY_SLOTS) {
        struct list *slot = &d->wheel[++d->tick % DELIVERY_SLOTS];
        struct list *node;

        d->tick_ms += d->slot_ms;
        while ((node = list_shift(slot)) != NULL)
            list_push(&d->due, node);
    }
    if (now_ms >= d->tick_ms) /* the process was stopped for a while */
        d->tick_ms = now_ms + d->slot_ms;
}

struct stream *delivery_next_heartbeat(struct delivery *d)
{
    struct list *node;

    while ((node = list_shift(&d->due)) != NULL) {
        struct stream *s = LIST_ENTRY(node, struct stream, wheel);

        if (d->tick - s->tick < DELIVERY_SLOTS - 1) {
            put(d, s, s->tick + DELIVERY_SLOTS - 1);
            continue;
        }
        put(d, s, d->tick + DELIVERY_SLOTS - 1);
        return s;
    }
    return NULL;
}
