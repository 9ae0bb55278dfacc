/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_RECEIVE_H
#define BELFRY_EDGE_CORE_RECEIVE_H

/* What the broker sends: batches join the tail, holes are fetched, beacons and welcomes move the link. And the frames
 * that go to it. */

#include <stdbool.h>

struct edge;
struct edge_action;

/* Notices silence, repeats what got no answer. */
void receive_tick(struct edge *e);

/* The next frame for the broker: a publish, an ephemeral one, a canary, or for the control socket a hello, a ping, a
 * hole's fetch. */
bool receive_next(struct edge *e, struct edge_action *out);

/* The tail's oldest record leaves it. */
void receive_evict(struct edge *e);

/* Returns true when the tail has reached the head that the log had when we joined. */
bool receive_warm(const struct edge *e);

#endif
