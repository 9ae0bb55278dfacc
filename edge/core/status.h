/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_STATUS_H
#define BELFRY_EDGE_CORE_STATUS_H

/* What the edge reports of itself: to the broker each second, to its shell, to those who scrape it. And the canary. */

#include <stdbool.h>
#include <stdint.h>

struct edge;
struct edge_action;
struct record;

/* Now, in microseconds. */
uint64_t status_now_us(const struct edge *e);

/* The next PING; the next canary. */
bool status_next_ping(struct edge *e, struct edge_action *out);
bool status_next_canary(struct edge *e, struct edge_action *out);

/* True when an ephemeral record is a canary, ours or another edge's: it goes to nobody. */
bool status_take_canary(struct edge *e, const struct record *record);

#endif
