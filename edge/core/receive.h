/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_RECEIVE_H
#define BELFRY_EDGE_CORE_RECEIVE_H

/* Takes the broker's frames: appends batches to the tail, fills holes, updates the link. */

struct edge;
struct wire_frame;

/* Takes a frame from the broadcast or the control socket. */
void receive_frame(struct edge *e, const struct wire_frame *frame);

/* Detects silence of the broker, reads without an answer, and publishes without an outcome. */
void receive_tick(struct edge *e);

#endif
