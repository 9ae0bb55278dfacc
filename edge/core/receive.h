/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_RECEIVE_H
#define BELFRY_EDGE_CORE_RECEIVE_H

/* The frames that the broker sends: batches join the tail, holes are filled, beacons and
 * welcomes move the link. */

struct edge;
struct wire_frame;

/* Takes a frame from the broadcast or the control socket. */
void receive_frame(struct edge *e, const struct wire_frame *frame);

/* Detects silence of the broker, and requests that got no answer in time. */
void receive_tick(struct edge *e);

#endif
