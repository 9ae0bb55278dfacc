/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_EDGES_H
#define BELFRY_BROKER_CORE_EDGES_H

/* The table of edges: how far each one's publishes are, when it was heard of, and what it says
 * of itself. An edge is known by its incarnation; its name is only a label. */

#include "broker/core/control_peer.h"
#include "broker/journal/journal.h"
#include "common/wire/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

/* Silence after which an edge counts as gone (design.md, section 4: it pings each second). */
#define EDGE_SILENCE_MS 5000

/* For how long its numbers are kept: an hour, 700 times the deadline of a publish. */
#define EDGE_MEMORY_MS 3600000

struct edge_entry {
    uint64_t incarnation;
    uint64_t accepted; /* last pub_seq taken */
    uint64_t resolved; /* every pub_seq up to it has its outcome; <= accepted */
    uint64_t last_seen_ms;
    uint64_t joined_ms; /* hello */
    bool present;       /* heard of within EDGE_SILENCE_MS */
    bool greeted;       /* has said hello to this broker */
    bool published;     /* something came on the publish socket while present: the way up works */
    bool logged_clash;
    bool logged_epoch;
    bool logged_bad;
    struct control_peer peer; /* of its control socket, once greeted */
    uint64_t roster_serial;   /* of its last MEMBERS frame */
    bool roster_lost;         /* what it said of who listens is not known any more: it is asked */
    bool met;                 /* a publish of this edge came to this broker */
    bool whole;               /* and that was its first one: what follows counts all of them */
    uint64_t taken;
    uint64_t stored;
    uint64_t duplicates;
    uint64_t refused;
    char name[64];
    char address[64];
    char software[32];
    struct wire_metrics metrics;
    UT_hash_handle by_incarnation;
};

struct edges {
    struct edge_entry *table;
    uint32_t count;
    uint32_t limit;
};

void edges_init(struct edges *edges, uint32_t limit);
void edges_clear(struct edges *edges);
void edges_check(const struct edges *edges);

struct edge_entry *edges_find(const struct edges *edges, uint64_t incarnation);

/* Finds or adds. When the table is full, the edge that has been gone for longest makes room;
 * NULL when all are present. */
struct edge_entry *edges_get(struct edges *edges, uint64_t incarnation, uint64_t now_ms);

/* Heard of now. Returns true when the edge was not present before. */
bool edge_entry_mark_seen(struct edge_entry *edge, uint64_t now_ms);

/* Returns true when commands can be sent to the edge. */
bool edge_entry_reachable(const struct edge_entry *edge);

/* Another live edge that has had the same name for 2 s (a restarted one is gone by then), or
 * NULL. */
const struct edge_entry *edges_namesake(const struct edges *edges, const struct edge_entry *edge,
                                        uint64_t now_ms);

/* An edge that has just fallen silent, marked as not present; NULL when there is none. Forgets
 * those that have been silent for an hour. */
struct edge_entry *edges_expire(struct edges *edges, uint64_t now_ms);

#endif
