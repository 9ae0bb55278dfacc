/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_ANNOUNCE_H
#define BELFRY_EDGE_CORE_ANNOUNCE_H

/* Events that have no place in the log: which streams each is for. */

#include "common/base/slice.h"

#include <stdbool.h>

struct edge;
struct edge_action;
struct wire_ephemeral_batch;
struct wire_presence;

/* Queues ephemeral records, and comings and goings, for those who listen. */
void announce_records(struct edge *e, const struct wire_ephemeral_batch *frame);
void announce_presence(struct edge *e, const struct wire_presence *frame);

/* Queues an event of the edge's own for those who listen to the topic. */
void announce_event(struct edge *e, struct slice topic, struct slice type, struct slice data);

/* The next event for a stream that can take it. */
bool announce_next(struct edge *e, struct edge_action *out);

#endif
