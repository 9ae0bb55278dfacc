/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_CANARY_EXCHANGE_H
#define BELFRY_EDGE_CORE_CANARY_EXCHANGE_H

/* The canary's way to the broker and back (edge/state/canary.h). */

#include <stdbool.h>

struct edge;
struct edge_action;
struct record;

/* Returns the frame with the next canary. Returns false when none is due. */
bool canary_exchange_next(struct edge *e, struct edge_action *out);

/* Returns true when an ephemeral record is a canary, ours or another edge's. No stream gets it. */
bool canary_exchange_take(struct edge *e, const struct record *record);

#endif
