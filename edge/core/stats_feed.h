/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_STATS_FEED_H
#define BELFRY_EDGE_CORE_STATS_FEED_H

/* Sends the broker's statistics to operators' streams once a second. */

#include "edge/core/edge_types.h"

#include <stdbool.h>

struct edge;

/* Count an operator's stream that opens or closes. Each such stream gets
 *
 *   event: belfry.stats         data: the broker's answer to "stats", once a second
 *   event: belfry.unavailable   data: {"detail": one line}; instead, when there is no answer */
void stats_feed_open(struct edge *e);
void stats_feed_close(struct edge *e);

/* Asks the broker for its statistics when that is due. */
void stats_feed_tick(struct edge *e);

/* See edge_stats_topic() in edge/core/edge.h. */
void stats_feed_topic(const struct edge *e, char out[EDGE_STATS_TOPIC_SIZE]);

/* Takes the answer to the feed's query, if it has come, and sends it to the streams. */
void stats_feed_collect(struct edge *e);

#endif
