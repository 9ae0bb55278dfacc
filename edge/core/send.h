/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_SEND_H
#define BELFRY_EDGE_CORE_SEND_H

/* Chooses the next frame for the broker, apart from queries, replies and streams' reads. On PUB:
 * publishes, ephemeral publishes and the canary. On the control socket: HELLO, fetches of holes,
 * MEMBERS and PING. */

#include <stdbool.h>

struct edge;
struct edge_action;

/* Returns the next frame for the broker. Returns false when there is none. */
bool send_next(struct edge *e, struct edge_action *out);

#endif
