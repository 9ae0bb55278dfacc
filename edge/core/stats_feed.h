/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_STATS_FEED_H
#define BELFRY_EDGE_CORE_STATS_FEED_H

/* Streams of operators, which get the broker's figures once a second. */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>

struct edge;

/* A stream of an operator's is opened, closed. It is told
 *
 *   event: belfry.stats         data: the broker's answer to "stats" (broker/core/counters.h), once a second
 *   event: belfry.unavailable   data: {"detail": one line}; instead, when there is no answer */
void stats_feed_open(struct edge *e);
void stats_feed_close(struct edge *e);
void stats_feed_tick(struct edge *e);

/* Takes what came of a question. False: it was not ours. */
bool stats_feed_reply(struct edge *e, const void *request, enum err code, struct slice answer);

#endif
