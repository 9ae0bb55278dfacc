/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_API_ROUTE_H
#define BELFRY_EDGE_API_ROUTE_H

/* The table of routes: the methods and the handlers of each path, and what the handlers need.
 * Pure. */

#include "common/base/slice.h"
#include "edge/api/exchange_types.h"

struct api_call;

enum route_match {
    ROUTE_PATH,  /* the path itself */
    ROUTE_BELOW, /* the path, which ends in '/', with one more segment */
    ROUTE_TREE,  /* the path and all paths below it */
};

/* Bits of route.needs. */
#define ROUTE_PEER 1u          /* exchange.peer, even without limits */
#define ROUTE_SUBSCRIPTIONS 2u /* --mercure-subscriptions; without it the path does not exist */

struct route {
    struct slice path;
    enum route_match match;
    unsigned methods; /* bits of enum method */

    /* Handles a request with one of the methods; OPTIONS only if the route has no other. */
    enum exchange_result (*handle)(struct api_call *call);

    /* Handles the core's reply to the pending query that handle() started. NULL: handle() starts
     * none. */
    enum exchange_result (*reply)(struct api_call *call, const struct edge_action *action);
    unsigned needs; /* bits of ROUTE_PEER, ROUTE_SUBSCRIPTIONS */
};

/* Returns the route of a percent-decoded path, or NULL: the path may be that of an embedded
 * file. */
const struct route *route_find(struct slice path);

#endif
