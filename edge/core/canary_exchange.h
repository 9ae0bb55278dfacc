/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_CANARY_EXCHANGE_H
#define BELFRY_EDGE_CORE_CANARY_EXCHANGE_H

/* Sends the canary to the broker and takes it when it comes back (edge/state/canary.h). */

#include <stdbool.h>

struct edge;
struct edge_action;
struct record;

/* Returns the frame with the next canary. Returns false when none is due. */
bool canary_exchange_next(struct edge *e, struct edge_action *out);

/* Takes an ephemeral record if it is a canary, of this edge or another one: no stream gets it.
 * Returns false if it is not a canary. */
bool canary_exchange_take(struct edge *e, const struct record *record);

#endif
