/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_API_ROUTE_H
#define BELFRY_EDGE_API_ROUTE_H

/* Which handler a path has, and which methods it takes. Pure. */

#include "common/base/slice.h"
#include "edge/http/request.h"

enum route {
    ROUTE_NONE,   /* no fixed path: maybe an embedded file */
    ROUTE_STREAM, /* GET: an event stream */
    ROUTE_PUBLISH,
    ROUTE_CHAT, /* publish on the default topic */
    ROUTE_HISTORY,
    ROUTE_TOPICS,
    ROUTE_PRESENCE,
    ROUTE_SESSION, /* /subscriptions/{session} */
    ROUTE_MERCURE, /* GET: an event stream, POST: a publish, as edge/mercure/mercure.h has it */
    ROUTE_MERCURE_SUBSCRIPTIONS, /* and all below it */
    ROUTE_MERCURE_METADATA,
    ROUTE_ADMIN,          /* the operator's page */
    ROUTE_ADMIN_EVENTS,   /* GET: an event stream */
    ROUTE_ADMIN_COMMANDS, /* POST */
    ROUTE_SERVER,         /* "*": OPTIONS of the server as a whole */
};

/* The topic of the tutorials' routes. */
#define ROUTE_DEFAULT_TOPIC "chat"

/* `path` is percent-decoded. *out_methods: enum method bits that the path takes (0 with ROUTE_NONE). */
enum route route_find(struct slice path, unsigned *out_methods);

/* What follows the last '/' of a path: the session of ROUTE_SESSION. */
struct slice route_rest(struct slice path);

#endif
