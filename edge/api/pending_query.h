/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_API_PENDING_QUERY_H
#define BELFRY_EDGE_API_PENDING_QUERY_H

/* An HTTP request that waits for a reply of the core: a page of the log, or the broker's reply to a
 * command. Its address is the `request` of the core's functions and actions. Pure. */

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
    bool done; /* the reply has arrived */

    /* Of a page. */
    bool backward;         /* the page was requested from its end */
    uint32_t limit;        /* maximum number of records */
    bool open;             /* there are no keys: all records may be shown */
    struct grants *grants; /* grants of the client: a reference, or NULL */
};

/* Start a query. The core replies with an EDGE_REPLY; to pending_query_page(), with an EDGE_PAGE.
 * ERR_UNAVAILABLE, ERR_TOO_MANY, ERR_NO_MEMORY. */
MUST_CHECK enum err pending_query_command(struct edge *edge, uint64_t now_ms, void *owner,
                                          struct slice command, const struct slice *arguments,
                                          size_t count, struct pending_query **out);
MUST_CHECK enum err pending_query_page(struct edge *edge, uint64_t now_ms, void *owner,
                                       const struct history *spec, bool open, struct grants *grants,
                                       struct pending_query **out);

/* Returns the query that the `request` of an EDGE_REPLY or EDGE_PAGE is, and marks it as done. To
 * be called once. */
struct pending_query *pending_query_reply(void *request);

/* Frees the query; without a reply, the core forgets it. NULL is allowed. */
void pending_query_destroy(struct pending_query *q);

#endif
