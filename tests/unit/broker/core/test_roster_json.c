/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/roster_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ANN                                                                                        \
    "urn:uuid:7128e433-0936-8edf-a2a9-a323f6dcd748" /* tests/unit/common/topic/test_subscriber.c */
#define BOB "urn:uuid:b95ef556-150a-821b-b564-722a06213db8"

static const struct hash_key key = {{1}};
static const struct slice all = {NULL, 0};

static void seat(struct roster *r, const char *selector, const char *member, const char *payload)
{
    const struct wire_member said = {.topic = slice_str(selector),
                                     .member = slice_str(member),
                                     .payload = slice_str(payload),
                                     .count = 1};

    assert_int_equal(roster_seat(r, 1, &said, true, 0), OK);
}

static void assert_text(struct buf *out, const char *expected)
{
    buf_char(out, '\0');
    assert_true(buf_ok(out));
    assert_string_equal(out->data, expected);
    buf_clear(out);
}

static void assert_members(const struct roster *r, const char *topic, uint64_t after,
                           uint64_t limit, const char *expected)
{
    const struct roster_page page = {.term = 3, .after = after, .limit = limit};
    struct buf out;

    buf_init(&out, 4096);
    roster_write_members(r, slice_str(topic), slice_str(topic), &page, &out);
    assert_text(&out, expected);
}

static void assert_subscriptions(const struct roster *r, struct slice selector, uint64_t after,
                                 uint64_t limit, const char *expected)
{
    const struct roster_page page = {.term = 3, .after = after, .limit = limit};
    struct buf out;

    buf_init(&out, 4096);
    roster_write_subscriptions(r, selector, &page, &out);
    assert_text(&out, expected);
}

static void members(void **state)
{
    struct roster r;

    (void)state;
    roster_init(&r, &key);
    seat(&r, "a\"b", "ann", "{\"n\":1}");
    seat(&r, "hall", "ann", "");
    seat(&r, "a\"b", "b\nb", "");
    assert_members(&r, "a\"b", 0, 2,
                   "{\"topic\":\"a\\\"b\",\"count\":2,\"members\":[{\"member\":\"ann\",\"payload\":"
                   "{\"n\":1}},{\"member\":\"b\\nb\"}],\"more\":false}");
    assert_members(&r, "a\"b", 0, 1,
                   "{\"topic\":\"a\\\"b\",\"count\":2,\"members\":[{\"member\":\"ann\",\"payload\":"
                   "{\"n\":1}}],\"more\":true,\"next\":\"3-1\"}");
    assert_members(&r, "a\"b", 1, 1,
                   "{\"topic\":\"a\\\"b\",\"count\":2,\"members\":[{\"member\":\"b\\nb\"}],"
                   "\"more\":false}");
    assert_members(&r, "a\"b", 3, 1,
                   "{\"topic\":\"a\\\"b\",\"count\":2,\"members\":[],\"more\":false}");
    assert_members(&r, "none", 0, 1,
                   "{\"topic\":\"none\",\"count\":0,\"members\":[],\"more\":false}");
    roster_clear(&r);
}

static void subscriptions(void **state)
{
    struct subscriber_uuid ann = subscriber_uuid_of(SLICE("ann"));
    struct roster r;
    struct buf out;

    (void)state;
    roster_init(&r, &key);
    assert_subscriptions(&r, all, 0, 5,
                         "{\"version\":\"3.0\",\"subscriptions\":[],\"more\":false}");
    seat(&r, "\x01{x}", "ann", "{\"n\":1.10}");
    seat(&r, "*", "bob", "");
    assert_subscriptions(&r, all, 0, 5,
                         "{\"version\":\"3.2\",\"subscriptions\":[{\"selector\":\"\\u0001{x}\","
                         "\"subscriber\":\"" ANN "\",\"payload\":\"{\\\"n\\\":1.10}\"},"
                         "{\"selector\":\"*\",\"subscriber\":\"" BOB "\"}],\"more\":false}");
    assert_subscriptions(&r, all, 0, 1,
                         "{\"version\":\"3.2\",\"subscriptions\":[{\"selector\":\"\\u0001{x}\","
                         "\"subscriber\":\"" ANN "\",\"payload\":\"{\\\"n\\\":1.10}\"}],"
                         "\"more\":true,\"next\":\"3-1\"}");
    assert_subscriptions(&r, SLICE("*"), 0, 1,
                         "{\"version\":\"3.2\",\"subscriptions\":[{\"selector\":\"*\","
                         "\"subscriber\":\"" BOB "\"}],\"more\":false}");
    buf_init(&out, 4096);
    assert_int_equal(roster_write_subscription(&r, SLICE("*"), &ann, 3, &out), ERR_NOT_FOUND);
    assert_int_equal(out.size, 0);
    assert_int_equal(roster_write_subscription(&r, SLICE("\x01{x}"), &ann, 3, &out), OK);
    assert_text(&out,
                "{\"version\":\"3.2\",\"subscriptions\":[{\"selector\":\"\\u0001{x}\","
                "\"subscriber\":\"" ANN "\",\"payload\":\"{\\\"n\\\":1.10}\"}],\"more\":false}");
    roster_clear(&r);
}

/* A page ends before the reply is too large, and all pages together have all members. */
static void large_members(void **state)
{
    static char payload[70000];
    struct roster_page page = {.term = 1, .limit = 1000};
    unsigned pages = 0;
    unsigned seen = 0;
    struct roster r;

    (void)state;
    memset(payload, '1', sizeof payload - 1);
    roster_init(&r, &key);
    for (unsigned i = 0; i < 50; i++) {
        char name[16];

        (void)snprintf(name, sizeof name, "m%u", i);
        seat(&r, "room", name, payload);
    }
    for (bool more = true; more; pages++) {
        struct buf out;

        buf_init(&out, 1u << 20);
        roster_write_members(&r, SLICE("room"), SLICE("room"), &page, &out);
        buf_char(&out, '\0');
        assert_true(buf_ok(&out));
        for (const char *at = out.data; (at = strstr(at, "\"member\":")) != NULL; at++)
            seen++;
        more = strstr(out.data, "\"more\":true") != NULL;
        if (more) {
            const char *next = strstr(out.data, "\"next\":\"") + 8;

            assert_int_equal(roster_page_after(slice_of(next, strcspn(next, "\"")), &page), OK);
        }
        buf_clear(&out);
    }
    assert_int_equal(seen, 50);
    assert_true(pages > 4);
    roster_clear(&r);
}

static void cursors(void **state)
{
    static const char *const bad[] = {"7", "3-", "-7", "3-x", "x-7", "3-7-1", "3--7", " 3-7"};
    struct roster_page page = {.term = 3, .after = 9};

    (void)state;
    assert_int_equal(roster_page_after((struct slice){NULL, 0}, &page), OK);
    assert_int_equal(page.after, 0);
    assert_int_equal(roster_page_after(SLICE("3-7"), &page), OK);
    assert_int_equal(page.after, 7);
    assert_int_equal(roster_page_after(SLICE("4-7"), &page), ERR_UNKNOWN);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(roster_page_after(slice_str(bad[i]), &page), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members),
        cmocka_unit_test(subscriptions),
        cmocka_unit_test(large_members),
        cmocka_unit_test(cursors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
