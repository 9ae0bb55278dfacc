/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/trim.h"

#include "edge/core/edge.h"
#include "edge/core/edge_state.h"
#include "edge/core/receive.h"
#include "edge/state/topics.h"

/* A stream whose cursor is before what is left reads from the log, and is told there that something is missing. */
void trim_before(struct edge *e, uint64_t oldest)
{
    if (oldest > e->link.oldest)
        e->link.oldest = oldest;
    while (e->tail.count > 0 && e->tail.first < oldest)
        receive_evict(e);
    if (e->tail.count == 0)
        topics_forget_matches(&e->topics);
    e->delivery.gather.valid = false;
}
