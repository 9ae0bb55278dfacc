/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/route.h"

#define READ_METHODS (METHOD_GET | METHOD_HEAD | METHOD_OPTIONS)
#define WRITE_METHODS (METHOD_POST | METHOD_OPTIONS)

enum route route_find(struct slice path, unsigned *out_methods)
{
    static const struct {
        struct slice path;
        enum route route;
        unsigned methods;
    } routes[] = {
        {SLICE_INIT("/subscribe"), ROUTE_STREAM, READ_METHODS},
        {SLICE_INIT("/sse"), ROUTE_STREAM, READ_METHODS},
        {SLICE_INIT("/event_stream"), ROUTE_STREAM, READ_METHODS},
        {SLICE_INIT("/publish"), ROUTE_PUBLISH, WRITE_METHODS},
        {SLICE_INIT("/chat"), ROUTE_CHAT, WRITE_METHODS},
        {SLICE_INIT("*"), ROUTE_SERVER, METHOD_OPTIONS},
        {SLICE_INIT("/history"), ROUTE_HISTORY, READ_METHODS},
        {SLICE_INIT("/topics"), ROUTE_TOPICS, READ_METHODS},
        {SLICE_INIT("/presence"), ROUTE_PRESENCE, READ_METHODS},
        {SLICE_INIT("/admin"), ROUTE_ADMIN, READ_METHODS},
        {SLICE_INIT("/admin/events"), ROUTE_ADMIN_EVENTS, READ_METHODS},
        {SLICE_INIT("/admin/commands"), ROUTE_ADMIN_COMMANDS, WRITE_METHODS},
        {SLICE_INIT("/.well-known/mercure"), ROUTE_MERCURE, READ_METHODS | WRITE_METHODS},
        {SLICE_INIT("/hub"), ROUTE_MERCURE, READ_METHODS | WRITE_METHODS},
        {SLICE_INIT("/.well-known/oauth-protected-resource/.well-known/mercure"),
         ROUTE_MERCURE_METADATA, READ_METHODS},
    };
    const struct slice sessions = SLICE("/subscriptions/");
    const struct slice listed = SLICE("/.well-known/mercure/subscriptions");
    struct slice rest;

    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (slice_equal(path, routes[i].path)) {
            *out_methods = routes[i].methods;
            return routes[i].route;
        }
    }
    rest = route_rest(path);
    if (rest.size > 0 && slice_equal(slice_of(path.data, path.size - rest.size), sessions)) {
        *out_methods = WRITE_METHODS;
        return ROUTE_SESSION;
    }
    if (slice_starts(path, listed) && (path.size == listed.size || path.data[listed.size] == '/')) {
        *out_methods = READ_METHODS;
        return ROUTE_MERCURE_SUBSCRIPTIONS;
    }
    *out_methods = 0;
    return ROUTE_NONE;
}

struct slice route_rest(struct slice path)
{
    size_t at = path.size;

    while (at > 0 && path.data[at - 1] != '/')
        at--;
    return slice_of(path.data + at, path.size - at);
}
