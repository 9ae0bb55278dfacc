/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/route.h"

#define READ_METHODS (METHOD_GET | METHOD_HEAD | METHOD_OPTIONS)
#define WRITE_METHODS (METHOD_POST | METHOD_OPTIONS)

enum route route_find(struct slice path, unsigned *out_methods)
{
    static const struct {
        const char *path;
        enum route route;
        unsigned methods;
    } routes[] = {
        {"/subscribe", ROUTE_STREAM, READ_METHODS},    {"/sse", ROUTE_STREAM, READ_METHODS},
        {"/event_stream", ROUTE_STREAM, READ_METHODS}, {"/publish", ROUTE_PUBLISH, WRITE_METHODS},
        {"/chat", ROUTE_CHAT, WRITE_METHODS},          {"*", ROUTE_SERVER, METHOD_OPTIONS},
    };

    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (slice_equal(path, slice_str(routes[i].path))) {
            *out_methods = routes[i].methods;
            return routes[i].route;
        }
    }
    *out_methods = 0;
    return ROUTE_NONE;
}
