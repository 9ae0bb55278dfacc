/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/route.h"

#include "edge/api/handle.h"
#include "edge/http/request.h"

#define READ_METHODS (METHOD_GET | METHOD_HEAD | METHOD_OPTIONS)
#define WRITE_METHODS (METHOD_POST | METHOD_OPTIONS)

/* tests/integration/test_openapi.py parses these rows. */
static const struct route routes[] = {
    {SLICE_INIT("/subscribe"), ROUTE_PATH, READ_METHODS, handle_stream, handle_stream_reply, 0},
    {SLICE_INIT("/sse"), ROUTE_PATH, READ_METHODS, handle_stream, handle_stream_reply, 0},
    {SLICE_INIT("/event_stream"), ROUTE_PATH, READ_METHODS, handle_stream, handle_stream_reply, 0},
    {SLICE_INIT("/publish"), ROUTE_PATH, WRITE_METHODS, handle_publish, NULL, 0},
    {SLICE_INIT("/chat"), ROUTE_PATH, WRITE_METHODS, handle_publish, NULL, 0},
    {SLICE_INIT("*"), ROUTE_PATH, METHOD_OPTIONS, handle_server, NULL, 0},
    {SLICE_INIT("/history"), ROUTE_PATH, READ_METHODS, handle_history, handle_history_reply, 0},
    {SLICE_INIT("/topics"), ROUTE_PATH, READ_METHODS, handle_topics, handle_json_reply, 0},
    {SLICE_INIT("/presence"), ROUTE_PATH, READ_METHODS, handle_presence, handle_json_reply, 0},
    {SLICE_INIT("/subscriptions/"), ROUTE_BELOW, WRITE_METHODS, handle_subscription_change,
     handle_subscription_change_reply, 0},
    {SLICE_INIT("/problems/"), ROUTE_BELOW, READ_METHODS, handle_problem, NULL, 0},
    {SLICE_INIT("/admin"), ROUTE_PATH, READ_METHODS, handle_file, NULL, 0},
    {SLICE_INIT("/admin/events"), ROUTE_PATH, READ_METHODS, handle_admin_events, NULL, ROUTE_PEER},
    {SLICE_INIT("/admin/commands"), ROUTE_PATH, WRITE_METHODS, handle_admin_command,
     handle_admin_reply, ROUTE_PEER},
    {SLICE_INIT("/.well-known/mercure"), ROUTE_PATH, READ_METHODS | WRITE_METHODS, handle_mercure,
     handle_mercure_reply, 0},
    {SLICE_INIT("/hub"), ROUTE_PATH, READ_METHODS | WRITE_METHODS, handle_mercure,
     handle_mercure_reply, 0},
    {SLICE_INIT("/.well-known/mercure/subscriptions"), ROUTE_TREE, READ_METHODS,
     handle_mercure_subscriptions, handle_mercure_subscriptions_reply, ROUTE_SUBSCRIPTIONS},
    {SLICE_INIT("/.well-known/oauth-protected-resource/.well-known/mercure"), ROUTE_PATH,
     READ_METHODS, handle_mercure_metadata, NULL, 0},
};

static bool has(const struct route *route, struct slice path)
{
    size_t size = route->path.size;

    if (route->match == ROUTE_PATH || path.size <= size)
        return route->match != ROUTE_BELOW && slice_equal(path, route->path);
    if (!slice_starts(path, route->path))
        return false;
    if (route->match == ROUTE_TREE)
        return path.data[size] == '/';
    return memchr(path.data + size, '/', path.size - size) == NULL;
}

const struct route *route_find(struct slice path)
{
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (has(&routes[i], path))
            return &routes[i];
    }
    return NULL;
}
