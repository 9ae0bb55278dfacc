/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_SUBSCRIBE_H
#define BELFRY_EDGE_CORE_SUBSCRIBE_H

/* Opens and closes streams, and finds the offset at which each begins. */

#include "common/base/err.h"
#include "edge/core/edge_types.h"

struct edge;
struct stream;

/* See edge_subscribe() and edge_unsubscribe() in edge/core/edge.h. */
MUST_CHECK enum err subscribe_open(struct edge *e, const struct subscribe *spec, void *owner,
                                   struct stream **out);
void subscribe_close(struct edge *e, struct stream *s);

#endif
