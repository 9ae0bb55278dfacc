/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_API_PENDING_QUERY_H
#define BELFRY_EDGE_API_PENDING_QUERY_H

/* A request that waits for one answer of the core: a page of the log, or what the broker says to a command. Pure;
 * its address is the core's `request`. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/token/grants.h"
#include "edge/core/edge.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pending_query {
    struct edge *edge;
    void *owner;
    bool done;
    bool backward; /* of a page: was asked from its end */
    uint32_t limit;
    bool open;             /* what may be shown */
    struct grants *grants; /* a reference, or NULL */
};

/* The core answers with an EDGE_REPLY, or to pending_query_page() with an EDGE_PAGE. ERR_UNAVAILABLE, ERR_TOO_MANY,
 * ERR_NO_MEMORY. */
MUST_CHECK enum err pending_query_command(struct edge *edge, uint64_t now_ms, void *owner,
                                          struct slice command, const struct slice *arguments,
                                          size_t count, struct pending_query **out);
MUST_CHECK enum err pending_query_page(struct edge *edge, uint64_t now_ms, void *owner,
                                       const struct history *spec, bool open, struct grants *grants,
                                       struct pending_query **out);

/* Takes an EDGE_REPLY or EDGE_PAGE; returns what its `request` is. */
struct pending_query *pending_query_reply(void *request);

/* Forgets what has no answer yet. Takes NULL. */
void pending_query_destroy(struct pending_query *q);

#endif
