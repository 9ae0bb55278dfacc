/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_EDGES_H
#define BELFRY_BROKER_CORE_EDGES_H

/* The table of edges: progress of publishes, time last seen, and what each edge reports. The key of
 * an edge is its incarnation. Its name is only a label. */

#include "broker/core/control_peer.h"
#include "broker/journal/journal.h"
#include "common/wire/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

/* Silence after which an edge counts as not present. It pings each second. */
#define EDGE_SILENCE_MS 5000

/* Time for which the numbers of a silent edge are kept: an hour, 700 times the deadline of a
 * publish. */
#define EDGE_MEMORY_MS 3600000

struct edge_entry {
    uint64_t incarnation;
    uint64_t accepted; /* last pub_seq accepted */
    uint64_t resolved; /* every pub_seq up to it has its outcome; <= accepted */
    uint64_t last_seen_ms;
    uint64_t joined_ms; /* time of the hello */
    bool present;       /* seen within EDGE_SILENCE_MS */
    bool greeted;       /* has sent a hello to this broker */
    bool published; /* while present it sent a PUBLISH frame that arrived: publishes get through */
    bool logged_clash;        /* BROKER_REPORT_EDGE_NAME_CLASH was reported */
    bool logged_epoch;        /* BROKER_REPORT_FOREIGN_EPOCH was reported */
    bool logged_bad;          /* BROKER_REPORT_BAD_PUBLISH was reported */
    struct control_peer peer; /* its address on the control socket, once greeted */
    uint64_t roster_serial;   /* of its last MEMBERS frame */
    bool roster_lost;         /* its list of members is incomplete and is requested again */
    bool met;                 /* a PUBLISH frame of this edge has come to this broker */
    bool whole; /* it had no earlier publishes, so the next four counts are complete */
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

/* Returns the edge, or NULL. */
struct edge_entry *edges_find(const struct edges *edges, uint64_t incarnation);

/* Finds or adds an edge. When the table is full, the edge that has been absent for longest is
 * removed. Returns NULL when all are present. */
struct edge_entry *edges_get(struct edges *edges, uint64_t incarnation, uint64_t now_ms);

/* Marks the edge as present and seen now. Returns true when it was not present before. */
bool edge_entry_mark_seen(struct edge_entry *edge, uint64_t now_ms);

/* Returns true when commands can be sent to the edge. */
bool edge_entry_reachable(const struct edge_entry *edge);

/* Returns another present edge with the same name, or NULL. It has joined at least 2 s ago and was
 * seen within the last 2 s. */
const struct edge_entry *edges_namesake(const struct edges *edges, const struct edge_entry *edge,
                                        uint64_t now_ms);

/* Marks an edge that has become silent as not present, and returns it. Returns NULL when there is
 * none. Removes edges that have been silent for EDGE_MEMORY_MS. */
struct edge_entry *edges_expire(struct edges *edges, uint64_t now_ms);

#endif
