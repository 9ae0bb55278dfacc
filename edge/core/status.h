/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_STATUS_H
#define BELFRY_EDGE_CORE_STATUS_H

/* Collects what the edge reports about itself: to the broker each second, and to its shell. */

#include "edge/core/edge_types.h"

struct edge;
struct edge_counters;

/* See edge_status(), edge_counters() and edge_census() in edge/core/edge.h. */
void status_read(const struct edge *e, struct edge_status *out);
void status_counters(const struct edge *e, struct edge_counters *out);
void status_census(const struct edge *e, struct edge_census *out);

#endif
