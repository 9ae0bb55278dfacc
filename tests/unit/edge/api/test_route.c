/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/route.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void expect(const char *path, enum route route, unsigned methods)
{
    unsigned found = 99;

    assert_int_equal(route_find(slice_str(path), &found), route);
    assert_int_equal(found, methods);
}

static void test_routes(void **state)
{
    unsigned get = METHOD_GET | METHOD_HEAD | METHOD_OPTIONS;
    unsigned post = METHOD_POST | METHOD_OPTIONS;

    (void)state;
    expect("/subscribe", ROUTE_STREAM, get);
    expect("/sse", ROUTE_STREAM, get);
    expect("/event_stream", ROUTE_STREAM, get);
    expect("/publish", ROUTE_PUBLISH, post);
    expect("/chat", ROUTE_CHAT, post);
    expect("/history", ROUTE_HISTORY, get);
    expect("/topics", ROUTE_TOPICS, get);
    expect("/presence", ROUTE_PRESENCE, get);
    expect("/admin", ROUTE_ADMIN, get);
    expect("/admin/events", ROUTE_ADMIN_EVENTS, get);
    expect("/admin/commands", ROUTE_ADMIN_COMMANDS, post);
    expect("/admin/", ROUTE_NONE, 0);
    expect("/subscriptions/x", ROUTE_SESSION, post);
    expect("/subscriptions/", ROUTE_NONE, 0);
    expect("/subscriptions", ROUTE_NONE, 0);
    expect("/subscriptions/x/y", ROUTE_NONE, 0);
    expect("/.well-known/mercure", ROUTE_MERCURE, get | post);
    expect("/.well-known/mercure/subscriptions", ROUTE_MERCURE_SUBSCRIPTIONS, get);
    expect("/.well-known/mercure/subscriptions/", ROUTE_MERCURE_SUBSCRIPTIONS, get);
    expect("/.well-known/mercure/subscriptions/a/b", ROUTE_MERCURE_SUBSCRIPTIONS, get);
    expect("/.well-known/mercure/subscriptionsx", ROUTE_NONE, 0);
    expect("/.well-known/mercure/", ROUTE_NONE, 0);
    expect("*", ROUTE_SERVER, METHOD_OPTIONS);
    expect("/", ROUTE_NONE, 0);
    expect("/subscribe/", ROUTE_NONE, 0);
    expect("/Subscribe", ROUTE_NONE, 0);
    expect("", ROUTE_NONE, 0);
}

static void test_rest(void **state)
{
    (void)state;
    assert_true(slice_equal(route_rest(SLICE("/subscriptions/ab-1")), SLICE("ab-1")));
    assert_int_equal(route_rest(SLICE("/")).size, 0);
    assert_int_equal(route_rest(SLICE("")).size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_routes), cmocka_unit_test(test_rest)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
