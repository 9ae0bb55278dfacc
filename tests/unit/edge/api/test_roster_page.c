/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/roster_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_page_with_a_next_one(void **state)
{
    struct roster_page page;

    (void)state;
    assert_int_equal(
        roster_page_read(
            SLICE("{\"version\":\"3.2\",\"subscriptions\":[{\"selector\":\"\\u0001{x}\","
                  "\"subscriber\":\"urn:a\",\"payload\":\"{\\\"n\\\":1.10}\"},{\"selector\":\"*\","
                  "\"subscriber\":\"urn:b\"}],\"more\":true,\"next\":\"3-7\"}"),
            &page),
        OK);
    assert_int_equal(page.count, 2);
    assert_true(slice_equal(page.version, SLICE("3.2")));
    assert_true(slice_equal(page.next, SLICE("3-7")));
    assert_true(slice_equal(page.entries[0].selector, SLICE("\x01{x}")));
    assert_true(slice_equal(page.entries[0].subscriber, SLICE("urn:a")));
    assert_true(slice_equal(page.entries[0].payload, SLICE("{\"n\":1.10}")));
    assert_true(slice_equal(page.entries[1].selector, SLICE("*")));
    assert_null(page.entries[1].payload.data);
    roster_page_clear(&page);
    roster_page_clear(&page);
}

static void the_last_page(void **state)
{
    struct roster_page page;

    (void)state;
    assert_int_equal(
        roster_page_read(SLICE("{\"version\":\"3.0\",\"subscriptions\":[],\"more\":false}"), &page),
        OK);
    assert_int_equal(page.count, 0);
    assert_null(page.next.data);
    roster_page_clear(&page);
}

static void malformed_replies(void **state)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"version\":\"3.0\",\"subscriptions\":{}}",
        "{\"version\":3,\"subscriptions\":[]}",
        "{\"subscriptions\":[]}",
        "{\"version\":\"3.0\",\"subscriptions\":[1]}",
        "{\"version\":\"3.0\",\"subscriptions\":[{\"selector\":\"a\"}]}",
        "{\"version\":\"3.0\",\"subscriptions\":[{\"subscriber\":\"a\"}]}",
        "{\"version\":\"3.0\",\"subscriptions\":[{\"selector\":\"\",\"subscriber\":\"a\"}]}",
    };
    struct roster_page page;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(roster_page_read(slice_str(bad[i]), &page), ERR_MALFORMED);
    assert_int_equal(roster_page_read((struct slice){NULL, 0}, &page), ERR_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_with_a_next_one),
        cmocka_unit_test(the_last_page),
        cmocka_unit_test(malformed_replies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
