/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/edges.h"

#include "common/base/mem.h"

#include <assert.h>

#define NAMESAKE_MS 2000 /* minimum time since the join, and maximum silence, of a namesake */

void edges_init(struct edges *edges, uint32_t limit)
{
    *edges = (struct edges){.limit = limit};
}

static void forget(struct edges *edges, struct edge_entry *edge)
{
    HASH_DELETE(by_incarnation, edges->table, edge);
    mem_free(edge);
    edges->count--;
}

void edges_clear(struct edges *edges)
{
    struct edge_entry *edge;
    struct edge_entry *next;

    HASH_ITER(by_incarnation, edges->table, edge, next)
    forget(edges, edge);
}

void edges_check(const struct edges *edges)
{
    uint32_t count = 0;

    for (const struct edge_entry *e = edges->table; e != NULL; e = e->by_incarnation.next) {
        count++;
        assert(e->resolved <= e->accepted);
        assert(e->present || !e->published);
    }
    assert(count == edges->count);
    assert(edges->count <= edges->limit);
}

struct edge_entry *edges_find(const struct edges *edges, uint64_t incarnation)
{
    struct edge_entry *edge;

    HASH_FIND(by_incarnation, edges->table, &incarnation, sizeof incarnation, edge);
    return edge;
}

/* Removes the edge that has been absent for longest. Returns false when all are present. */
static bool make_room(struct edges *edges)
{
    struct edge_entry *oldest = NULL;

    for (struct edge_entry *i = edges->table; i != NULL; i = i->by_incarnation.next) {
        if (!i->present && (oldest == NULL || i->last_seen_ms < oldest->last_seen_ms))
            oldest = i;
    }
    if (oldest == NULL)
        return false;
    forget(edges, oldest);
    return true;
}

struct edge_entry *edges_get(struct edges *edges, uint64_t incarnation, uint64_t now_ms)
{
    struct edge_entry *edge = edges_find(edges, incarnation);

    if (edge != NULL)
        return edge;
    if (edges->count >= edges->limit && !make_room(edges))
        return NULL;
    edge = mem_alloc(sizeof *edge);
    edge->incarnation = incarnation;
    edge->last_seen_ms = now_ms;
    HASH_ADD(by_incarnation, edges->table, incarnation, sizeof edge->incarnation, edge);
    edges->count++;
    return edge;
}

bool edge_entry_mark_seen(struct edge_entry *edge, uint64_t now_ms)
{
    bool joined = !edge->present;

    edge->last_seen_ms = now_ms;
    edge->present = true;
    return joined;
}

bool edge_entry_reachable(const struct edge_entry *edge)
{
    return edge->present && edge->greeted;
}

const struct edge_entry *edges_namesake(const struct edges *edges, const struct edge_entry *edge,
                                        uint64_t now_ms)
{
    if (edge->name[0] == '\0')
        return NULL;
    for (const struct edge_entry *i = edges->table; i != NULL; i = i->by_incarnation.next) {
        if (i != edge && i->present && now_ms - i->joined_ms >= NAMESAKE_MS &&
            now_ms - i->last_seen_ms < NAMESAKE_MS && strcmp(i->name, edge->name) == 0)
            return i;
    }
    return NULL;
}

struct edge_entry *edges_expire(struct edges *edges, uint64_t now_ms)
{
    struct edge_entry *edge;
    struct edge_entry *next;

    HASH_ITER(by_incarnation, edges->table, edge, next)
    {
        uint64_t silence = now_ms - edge->last_seen_ms;

        if (edge->present && silence >= EDGE_SILENCE_MS) {
            edge->present = false;
            edge->published = false;
            return edge;
        }
        if (silence >= EDGE_MEMORY_MS)
            forget(edges, edge);
    }
    return NULL;
}
