/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_TAIL_UPDATE_H
#define BELFRY_EDGE_CORE_TAIL_UPDATE_H

/* Adds records to the tail and removes them, and updates their topics and publishes. A new record
 * is also added to its topics, which are marked for the fan-out. If this edge published it, it is
 * the echo. */

#include <stdbool.h>
#include <stdint.h>

struct edge;
struct entry;

/* Adds the record head + 1 to the tail, makes its SSE bytes, and marks its topics. Returns false
 * when there is no memory for the bytes: the record is then a hole like any other, and is fetched
 * later. */
bool tail_update_append(struct edge *e, const struct entry *entry);

/* Empties the tail; the next record to join it is head + 1. */
void tail_update_restart(struct edge *e, uint64_t head);

/* Forgets the records before `oldest`: an operator has removed them from the log. */
void tail_update_trim(struct edge *e, uint64_t oldest);

/* Returns true when the tail has reached the head that the log had when the edge joined. */
bool tail_update_warm(const struct edge *e);

#endif
