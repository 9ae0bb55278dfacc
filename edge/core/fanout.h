/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_FANOUT_H
#define BELFRY_EDGE_CORE_FANOUT_H

/* Fan-out: makes streams with new records ready, and decides what each ready stream sends. */

#include <stdbool.h>
#include <stddef.h>

struct edge;
struct edge_action;
struct stream;

/* Returns the next action for a stream: bytes to write, its end, or a read that it needs from the
 * broker. Returns false when there is none. */
bool fanout_next(struct edge *e, struct edge_action *out);

/* See edge_wrote() in edge/core/edge.h. */
void fanout_wrote(struct edge *e, struct stream *s, size_t bytes);

#endif
