/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/http/rate_limiter.h"

#include "common/base/mem.h"

#include <assert.h>
#include <string.h>

#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S UINT64_C(1000000000)

/* Maximum number of full buckets that a call removes: more than it can add, so the table
 * shrinks. */
#define DROPS_PER_TAKE 4

/* An entry of the table. The number of tokens follows from the time at which the bucket will be
 * full. So one number suffices, which does not have to be updated as time passes. */
struct bucket {
    uint64_t hash;
    uint64_t full_ns; /* time at which the bucket will be full */
    uint32_t heap_at; /* position in the heap */
    uint32_t next;    /* index + 1 of the next entry in the chain; 0 = none */
};

enum err rate_limiter_init(struct rate_limiter *b, uint32_t limit, uint32_t rate, uint32_t burst,
                           const struct hash_key *key)
{
    struct rate_limiter made = {.key = *key, .limit = limit};
    uint32_t slots = 1;

    if (limit == 0 || limit > RATE_LIMITER_LIMIT_MAX || rate == 0 || rate > RATE_LIMITER_RATE_MAX ||
        burst == 0 || burst > RATE_LIMITER_BURST_MAX)
        return ERR_INVALID;
    while (slots < limit)
        slots *= 2;
    made.mask = slots - 1;
    made.token_ns = NS_PER_S / rate;
    made.burst_ns = burst * made.token_ns;
    made.all = mem_try(limit * sizeof(made.all[0]));
    made.heap = mem_try(limit * sizeof(made.heap[0]));
    made.slots = mem_try(slots * sizeof(made.slots[0]));
    if (made.all == NULL || made.heap == NULL || made.slots == NULL) {
        rate_limiter_clear(&made);
        return ERR_NO_MEMORY;
    }
    memset(made.slots, 0, slots * sizeof(made.slots[0]));
    *b = made;
    return OK;
}

void rate_limiter_clear(struct rate_limiter *b)
{
    mem_free(b->all);
    mem_free(b->heap);
    mem_free(b->slots);
    *b = (struct rate_limiter){.count = 0};
}

/* ---- the heap ------------------------------------------------------------------------------ */

static uint64_t full_at(const struct rate_limiter *b, uint32_t place)
{
    return b->all[b->heap[place]].full_ns;
}

static void heap_put(struct rate_limiter *b, uint32_t place, uint32_t index)
{
    b->heap[place] = index;
    b->all[index].heap_at = place;
}

static void heap_up(struct rate_limiter *b, uint32_t place)
{
    uint32_t index = b->heap[place];

    while (place > 0 && full_at(b, (place - 1) / 2) > b->all[index].full_ns) {
        heap_put(b, place, b->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    heap_put(b, place, index);
}

static void heap_down(struct rate_limiter *b, uint32_t place)
{
    uint32_t index = b->heap[place];

    for (;;) {
        uint32_t child = 2 * place + 1;

        if (child >= b->count)
            break;
        if (child + 1 < b->count && full_at(b, child + 1) < full_at(b, child))
            child++;
        if (full_at(b, child) >= b->all[index].full_ns)
            break;
        heap_put(b, place, b->heap[child]);
        place = child;
    }
    heap_put(b, place, index);
}

/* ---- the table ----------------------------------------------------------------------------- */

/* Returns the link that points to the entry: a slot, or the `next` of another entry. */
static uint32_t *link_to(struct rate_limiter *b, uint32_t index)
{
    uint32_t *link = &b->slots[b->all[index].hash & b->mask];

    while (*link != index + 1)
        link = &b->all[*link - 1].next;
    return link;
}

/* Returns the index of the entry, or `limit` if there is none. */
static uint32_t find(const struct rate_limiter *b, uint64_t hash)
{
    uint32_t at = b->slots[hash & b->mask];

    while (at != 0 && b->all[at - 1].hash != hash)
        at = b->all[at - 1].next;
    return at != 0 ? at - 1 : b->limit;
}

/* Removes the top of the heap. The last entry takes over its index, so entries stay contiguous. */
static void drop_fullest(struct rate_limiter *b)
{
    uint32_t index = b->heap[0];
    uint32_t last = b->count - 1;
    uint32_t *link = link_to(b, index);

    *link = b->all[index].next;
    b->count--;
    if (b->count > 0) {
        heap_put(b, 0, b->heap[b->count]);
        heap_down(b, 0);
    }
    if (index != last) {
        link = link_to(b, last);
        b->all[index] = b->all[last];
        *link = index + 1;
        b->heap[b->all[index].heap_at] = index;
    }
}

static uint32_t add(struct rate_limiter *b, uint64_t hash, uint64_t full_ns)
{
    uint32_t index;
    uint32_t *slot = &b->slots[hash & b->mask];

    if (b->count == b->limit) {
        drop_fullest(b);
        b->evicted++;
    }
    index = b->count++;
    b->all[index] = (struct bucket){.hash = hash, .full_ns = full_ns, .next = *slot};
    *slot = index + 1;
    heap_put(b, index, index);
    heap_up(b, index);
    return index;
}

bool rate_limiter_take(struct rate_limiter *b, struct slice key, uint64_t now_ms, uint32_t cost,
                       uint64_t *out_wait_ms)
{
    uint64_t hash = hash_bytes(&b->key, key);
    uint64_t now_ns;
    uint64_t need_ns = cost * b->token_ns;
    uint64_t owed_ns;
    uint32_t index;

    assert(cost <= RATE_LIMITER_COST_MAX);
    if (now_ms > b->now_ms)
        b->now_ms = now_ms;
    now_ns = b->now_ms * NS_PER_MS;
    for (int i = 0; i < DROPS_PER_TAKE && b->count > 0 && full_at(b, 0) <= now_ns; i++)
        drop_fullest(b);

    index = find(b, hash);
    owed_ns =
        index < b->limit && b->all[index].full_ns > now_ns ? b->all[index].full_ns - now_ns : 0;
    *out_wait_ms = 0;
    if (owed_ns > 0 && owed_ns + need_ns > b->burst_ns) {
        uint64_t room_ns = need_ns < b->burst_ns ? b->burst_ns - need_ns : 0;

        *out_wait_ms = (owed_ns - room_ns + NS_PER_MS - 1) / NS_PER_MS;
        return false;
    }
    if (cost == 0)
        return true;
    if (index == b->limit) {
        (void)add(b, hash, now_ns + need_ns);
    } else {
        b->all[index].full_ns = now_ns + owed_ns + need_ns;
        heap_down(b, b->all[index].heap_at);
    }
    return true;
}

void rate_limiter_check(const struct rate_limiter *b)
{
    uint32_t chained = 0;

    assert(b->count <= b->limit);
    for (uint32_t i = 0; i < b->count; i++) {
        assert(b->all[b->heap[i]].heap_at == i);
        assert(i == 0 || full_at(b, (i - 1) / 2) <= full_at(b, i));
        assert(find(b, b->all[i].hash) == i);
    }
    for (uint32_t slot = 0; slot <= b->mask; slot++) {
        for (uint32_t at = b->slots[slot]; at != 0; at = b->all[at - 1].next) {
            assert(at <= b->count && (b->all[at - 1].hash & b->mask) == slot);
            chained++;
        }
    }
    assert(chained == b->count);
    (void)chained;
}
