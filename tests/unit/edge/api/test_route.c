/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/route.h"

#include "edge/api/handle.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

typedef enum exchange_result handler(struct api_call *call);
typedef enum exchange_result answered(struct api_call *call, const struct edge_action *action);

static const unsigned get = METHOD_GET | METHOD_HEAD | METHOD_OPTIONS;
static const unsigned post = METHOD_POST | METHOD_OPTIONS;

static void expect(const char *path, handler *handle, answered *then, unsigned methods)
{
    const struct route *route = route_find(slice_str(path));

    assert_non_null(route);
    assert_true(route->handle == handle);
    assert_true(route->reply == then);
    assert_int_equal(route->methods, methods);
}

static void expect_none(const char *path)
{
    assert_null(route_find(slice_str(path)));
}

static void test_routes(void **state)
{
    (void)state;
    expect("/subscribe", handle_stream, handle_stream_reply, get);
    expect("/sse", handle_stream, handle_stream_reply, get);
    expect("/event_stream", handle_stream, handle_stream_reply, get);
    expect("/publish", handle_publish, NULL, post);
    expect("/chat", handle_publish, NULL, post);
    expect("/history", handle_history, handle_history_reply, get);
    expect("/topics", handle_topics, handle_json_reply, get);
    expect("/presence", handle_presence, handle_json_reply, get);
    expect("/admin", handle_file, NULL, get);
    expect("/admin/events", handle_admin_events, NULL, get);
    expect("/admin/commands", handle_admin_command, handle_admin_reply, post);
    expect("/.well-known/mercure", handle_mercure, handle_mercure_reply, get | post);
    expect("/hub", handle_mercure, handle_mercure_reply, get | post);
    expect("*", handle_server, NULL, METHOD_OPTIONS);
}

static void test_below(void **state)
{
    (void)state;
    expect("/subscriptions/x", handle_subscription_change, handle_subscription_change_reply, post);
    expect_none("/subscriptions/");
    expect_none("/subscriptions");
    expect_none("/subscriptions/x/y");
    expect_none("/subscriptions//");
    expect("/problems/rate", handle_problem, NULL, get);
    expect_none("/problems");
}

static void test_tree(void **state)
{
    static const char *const paths[] = {
        "/.well-known/mercure/subscriptions",
        "/.well-known/mercure/subscriptions/",
        "/.well-known/mercure/subscriptions/a/b",
    };

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        expect(paths[i], handle_mercure_subscriptions, handle_mercure_subscriptions_reply, get);
    expect_none("/.well-known/mercure/subscriptionsx");
    expect_none("/.well-known/mercure/");
}

static void test_none(void **state)
{
    (void)state;
    expect_none("/admin/");
    expect_none("/");
    expect_none("/subscribe/");
    expect_none("/Subscribe");
    expect_none("");
}

static void test_needs(void **state)
{
    (void)state;
    assert_int_equal(route_find(SLICE("/publish"))->needs, 0);
    assert_int_equal(route_find(SLICE("/admin/events"))->needs, ROUTE_PEER);
    assert_int_equal(route_find(SLICE("/admin/commands"))->needs, ROUTE_PEER);
    assert_int_equal(route_find(SLICE("/.well-known/mercure/subscriptions/a"))->needs,
                     ROUTE_SUBSCRIPTIONS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_routes), cmocka_unit_test(test_below), cmocka_unit_test(test_tree),
        cmocka_unit_test(test_none),   cmocka_unit_test(test_needs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
