/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_API_PENDING_QUERY_H
#define BELFRY_EDGE_API_PENDING_QUERY_H

/* A query of an HTTP request that waits for the core's reply. The reply is a page of the log, or
 * the broker's reply to a command. The query's address is the `request` of the core's functions and
 * actions. Pure. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/token/grants.h"
#include "edge/core/edge.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pending_query {
    struct edge *edge;
    void *owner; /* the connection that sent the request */
    bool done;   /* the reply has arrived */

    /* Only of a query for a page. */
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

/* Returns the query of an EDGE_REPLY or EDGE_PAGE, whose `request` it is, and marks it as done.
 * Must be called only once per query. */
struct pending_query *pending_query_reply(void *request);

/* Frees the query. If its reply has not arrived, the core forgets the query. NULL is allowed. */
void pending_query_destroy(struct pending_query *q);

#endif
