/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_SEND_H
#define BELFRY_EDGE_CORE_SEND_H

/* The frames that an edge sends on its own: publishes, ephemeral ones and the canary; on the
 * control socket hello, fetches of holes, members and ping. */

#include <stdbool.h>

struct edge;
struct edge_action;

/* Returns the next frame for the broker. Returns false when there is none. */
bool send_next(struct edge *e, struct edge_action *out);

#endif
