/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/beacon.h"

#include "common/base/mem.h"

#include <assert.h>

void beacon_init(struct beacon *beacon, size_t edges, uint64_t now_ms)
{
    *beacon = (struct beacon){.due_ms = now_ms, .limit = edges};
    beacon->progress = mem_alloc(edges * sizeof *beacon->progress);
}

void beacon_clear(struct beacon *beacon)
{
    mem_free(beacon->progress);
    *beacon = (struct beacon){0};
}

void beacon_check(const struct beacon *beacon)
{
    assert(beacon->progress != NULL);
}

void beacon_hurry(struct beacon *beacon, uint64_t due_ms)
{
    if (due_ms < beacon->due_ms)
        beacon->due_ms = due_ms;
}

void beacon_tick(struct beacon *beacon, uint64_t now_ms)
{
    if (now_ms < beacon->due_ms)
        return;
    beacon->now = true;
    beacon->due_ms = now_ms + BEACON_MS;
}

bool beacon_next(struct beacon *beacon, const struct edges *edges,
                 const struct journal_state *journal, struct wire_beacon *out)
{
    size_t count = 0;

    if (!beacon->now)
        return false;
    beacon->now = false;
    for (const struct edge_entry *e = edges->table; e != NULL; e = e->by_incarnation.next) {
        if (!e->present || !e->published)
            continue;
        assert(count < beacon->limit);
        beacon->progress[count++] =
            (struct wire_edge_progress){e->incarnation, e->accepted, e->resolved};
    }
    *out = (struct wire_beacon){.epoch = journal->epoch,
                                .term = journal->term,
                                .head = journal->head,
                                .oldest = journal->oldest,
                                .edges = beacon->progress,
                                .edge_count = count};
    return true;
}
