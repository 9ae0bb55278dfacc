/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_EPHEMERAL_FANOUT_H
#define BELFRY_EDGE_CORE_EPHEMERAL_FANOUT_H

/* Fans out events without an offset: ephemeral records, joins and leaves, subscriptions. Each goes
 * to the streams that can take it now; the others do not get it. */

#include "common/base/slice.h"

#include <stdbool.h>

struct edge;
struct edge_action;
struct wire_ephemeral_batch;
struct wire_presence;

/* Queue the events for a frame of ephemeral records, or for a member that joins or leaves. */
void ephemeral_fanout_records(struct edge *e, const struct wire_ephemeral_batch *frame);
void ephemeral_fanout_presence(struct edge *e, const struct wire_presence *frame);

/* Queues an event of the edge's own for the streams that listen to the topic by its name. Streams
 * with "*" or a matching pattern do not get it. */
void ephemeral_fanout_event(struct edge *e, struct slice topic, struct slice type,
                            struct slice data);

/* Returns the next event for a stream that can take it. Returns false when there is none. */
bool ephemeral_fanout_next(struct edge *e, struct edge_action *out);

#endif
