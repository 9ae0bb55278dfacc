/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_CONTROL_QUEUES_H
#define BELFRY_EDGE_STATE_CONTROL_QUEUES_H

/* The queues of the control socket: queries to the broker, and commands from it. Pure data. */

#include "edge/state/commands.h"
#include "edge/state/queries.h"

struct control_queues {
    struct queries queries;
    struct commands commands;
};

void control_queues_init(struct control_queues *c);
void control_queues_clear(struct control_queues *c);

/* Asserts the invariants. */
void control_queues_check(const struct control_queues *c);

#endif
