/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/control_queues.h"

void control_queues_init(struct control_queues *c)
{
    queries_init(&c->queries);
    commands_init(&c->commands);
}

void control_queues_clear(struct control_queues *c)
{
    queries_clear(&c->queries);
    commands_clear(&c->commands);
}

void control_queues_check(const struct control_queues *c)
{
    queries_check(&c->queries);
    commands_check(&c->commands);
}
