/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_FANOUT_H
#define BELFRY_EDGE_CORE_FANOUT_H

/* Streams: opening, closing, and what each sends when its turn comes. */

#include "edge/state/stream.h"

#include <stdbool.h>

struct edge;
struct edge_action;

/* Every stream looks at where it stands again (the tail was emptied). `tell`: what each is told first, and
 * then all go on at the tail's head. */
void fanout_restart(struct edge *e, enum stream_notice notice);

/* The next thing to send to a stream, or to ask for it. */
bool fanout_next(struct edge *e, struct edge_action *out);

/* Makes the cursor say where the stream stands, and drops what was prepared for it: its topics are about to change.
 * No record may be half out. */
void fanout_prepare_change(struct edge *e, struct stream *s);

/* Ends a stream: the client comes back by its id. */
void fanout_close(struct edge *e, struct stream *s);

#endif
