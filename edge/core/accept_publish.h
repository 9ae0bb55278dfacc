/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_ACCEPT_PUBLISH_H
#define BELFRY_EDGE_CORE_ACCEPT_PUBLISH_H

/* Accepts publishes from clients, and returns their outcomes. */

#include "common/base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct edge;
struct edge_action;
struct record;

/* See edge_publish() and edge_publish_group() in edge/core/edge.h. */
MUST_CHECK enum err accept_publish(struct edge *e, const struct record *record, void *request);
MUST_CHECK enum err accept_publish_group(struct edge *e, const struct record *records, size_t count,
                                         void *const *requests);

/* Returns the next outcome. Returns false when there is none. */
bool accept_publish_next_outcome(struct edge *e, struct edge_action *out);

#endif
