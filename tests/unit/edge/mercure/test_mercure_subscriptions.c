/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/mercure/mercure_subscriptions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PATH MERCURE_SUBSCRIPTIONS_PATH
#define HUB "https://hub.example/.well-known/mercure"
#define UUID "urn:uuid:498f2734-221d-45fe-af64-a4489476784a"
#define UUID_PART "urn%3Auuid%3A498f2734-221d-45fe-af64-a4489476784a"

static void assert_document(const char *selector, bool modern, const char *payload, bool active,
                            const char *last, const char *expected)
{
    struct mercure_subscription s = {
        .subscriber = SLICE(UUID), .payload = slice_str(payload), .active = active};
    struct buf out;

    assert_true(mercure_subscription_names(slice_str(selector), modern, &s.selector));
    buf_init(&out, 4096);
    mercure_subscription_write(&s, modern, slice_str(last), &out);
    buf_char(&out, '\0');
    assert_string_equal(out.data, expected);
    buf_clear(&out);
}

static void legacy_documents(void **state)
{
    (void)state;
    assert_document("https://example.org/a b", false, "", true, "",
                    "{\"@context\":\"https://mercure.rocks/\",\"id\":\"" PATH
                    "/https%3A%2F%2Fexample.org%2Fa%20b/" UUID_PART
                    "\",\"type\":\"Subscription\",\"topic\":\"https://example.org/a b\","
                    "\"subscriber\":\"" UUID "\",\"active\":true}");
    assert_document("{x}\"", false, "{\"n\":1}", false, "k3f9x2-7",
                    "{\"@context\":\"https://mercure.rocks/\",\"id\":\"" PATH
                    "/%7Bx%7D%22/" UUID_PART
                    "\",\"type\":\"Subscription\",\"topic\":\"{x}\\\"\",\"subscriber\":\"" UUID
                    "\",\"active\":false,\"lastEventID\":\"k3f9x2-7\",\"payload\":{\"n\":1}}");
}

static void modern_documents(void **state)
{
    static const struct {
        const char *selector;
        const char *type;
        const char *part;
        const char *match;
    } all[] = {
        {"a/\xc3\xa9", "exact", "a%2F%C3%A9", "a/\xc3\xa9"},
        {"*", "exact", "%2A", "*"},
        {"\x01{x}", "exact", "%7Bx%7D", "{x}"},
        {"{x}", "template", "%7Bx%7D", "{x}"},
        {"\x02" HUB "\x02/a/:id", "urlpattern", "%2Fa%2F%3Aid", "/a/:id"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct buf expected;

        buf_init(&expected, 4096);
        buf_printf(&expected, "{\"id\":\"" PATH "/%s/%s/%s\",", all[i].type, all[i].part,
                   UUID_PART);
        buf_printf(&expected,
                   "\"type\":\"subscription\",\"match_type\":\"%s\",\"match\":\"%s\","
                   "\"subscriber\":\"" UUID "\",\"active\":true,\"payload\":[1]}",
                   all[i].type, all[i].match);
        buf_char(&expected, '\0');
        assert_document(all[i].selector, true, "[1]", true, "k3f9x2-7", expected.data);
        buf_clear(&expected);
    }
}

/* The older dialect cannot express marked selectors. */
static void names(void **state)
{
    static const char *const both[] = {"a", "*", "{x}", "{x", "a/{x}/{y}"};
    static const char *const modern[] = {"\x01{x}", "\x02" HUB "\x02/a/:id"};
    static const char *const neither[] = {"", "\x01", "\x02x", "a\nb", "\x02\x02/a"};
    struct selector s;

    (void)state;
    for (size_t i = 0; i < sizeof both / sizeof both[0]; i++) {
        assert_true(mercure_subscription_names(slice_str(both[i]), false, &s));
        assert_true(mercure_subscription_names(slice_str(both[i]), true, &s));
    }
    for (size_t i = 0; i < sizeof modern / sizeof modern[0]; i++) {
        assert_false(mercure_subscription_names(slice_str(modern[i]), false, &s));
        assert_true(mercure_subscription_names(slice_str(modern[i]), true, &s));
    }
    for (size_t i = 0; i < sizeof neither / sizeof neither[0]; i++)
        assert_false(mercure_subscription_names(slice_str(neither[i]), true, &s));
}

static void assert_event(const char *selector, enum watch dialect, bool joined, const char *topic,
                         const char *type, const char *data)
{
    const struct wire_presence presence = {.topic = slice_str(selector),
                                           .member = SLICE("ann"),
                                           .payload = SLICE("{\"n\":1}"),
                                           .joined = joined};
    struct subscription_event event = {.type = {NULL, 0}};

    buf_init(&event.topic, 4096);
    buf_init(&event.data, 4096);
    assert_true(mercure_subscription_event(&presence, dialect, &event));
    assert_true(slice_equal(buf_all(&event.topic), slice_str(topic)));
    assert_true(slice_equal(event.type, slice_str(type)));
    assert_true(slice_equal(buf_all(&event.data), slice_str(data)));
    buf_clear(&event.topic);
    buf_clear(&event.data);
}

#define ANN "urn:uuid:7128e433-0936-8edf-a2a9-a323f6dcd748"
#define ANN_PART "urn%3Auuid%3A7128e433-0936-8edf-a2a9-a323f6dcd748"

/* What a watching stream gets: the address is the event's topic, and only the modern dialect has
 * a type. */
static void events(void **state)
{
    const struct wire_presence marked = {.topic = SLICE("\x01{x}"), .member = SLICE("ann")};
    struct subscription_event event = {.type = {NULL, 0}};

    (void)state;
    assert_event("a", WATCH_LEGACY, true, PATH "/a/" ANN_PART, "",
                 "{\"@context\":\"https://mercure.rocks/\",\"id\":\"" PATH "/a/" ANN_PART
                 "\",\"type\":\"Subscription\",\"topic\":\"a\",\"subscriber\":\"" ANN
                 "\",\"active\":true,\"payload\":{\"n\":1}}");
    assert_event("{x}", WATCH_LEGACY, false, PATH "/%7Bx%7D/" ANN_PART, "",
                 "{\"@context\":\"https://mercure.rocks/\",\"id\":\"" PATH "/%7Bx%7D/" ANN_PART
                 "\",\"type\":\"Subscription\",\"topic\":\"{x}\",\"subscriber\":\"" ANN
                 "\",\"active\":false,\"payload\":{\"n\":1}}");
    assert_event("\x02http://h/\x02/a/:b", WATCH_MODERN, true,
                 PATH "/urlpattern/%2Fa%2F%3Ab/" ANN_PART, "mercure",
                 "{\"id\":\"" PATH "/urlpattern/%2Fa%2F%3Ab/" ANN_PART
                 "\",\"type\":\"subscription\",\"match_type\":\"urlpattern\",\"match\":\"/a/:b\","
                 "\"subscriber\":\"" ANN "\",\"active\":true,\"payload\":{\"n\":1}}");
    assert_false(mercure_subscription_event(&marked, WATCH_LEGACY, &event));
}

static void collections(void **state)
{
    struct mercure_collection c = {.id = SLICE(PATH "?a=\""), .last_event_id = SLICE("k3f9x2-7")};
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    mercure_collection_begin(&c, &out);
    mercure_collection_end(&out);
    c.modern = true;
    c.next = SLICE(PATH "?after=1-2");
    mercure_collection_begin(&c, &out);
    buf_str(&out, "1,2");
    mercure_collection_end(&out);
    buf_char(&out, '\0');
    assert_string_equal(out.data,
                        "{\"@context\":\"https://mercure.rocks/\",\"id\":\"" PATH
                        "?a=\\\"\",\"type\":\"Subscriptions\",\"lastEventID\":\"k3f9x2-7\","
                        "\"subscriptions\":[]}\n"
                        "{\"id\":\"" PATH "?a=\\\"\",\"type\":\"subscriptions\",\"next\":\"" PATH
                        "?after=1-2\",\"subscriptions\":[1,2]}\n");
    buf_clear(&out);
}

/* ---- addresses ---- */

static void assert_slice(struct slice found, const char *expected)
{
    assert_int_equal(found.data == NULL, expected == NULL);
    if (expected != NULL)
        assert_true(slice_equal(found, slice_str(expected)));
}

static void assert_address(const char *path, enum mercure_reading reading, bool modern,
                           const char *selector, const char *subscriber)
{
    struct mercure_address a;
    const char *reason = NULL;

    assert_int_equal(mercure_address_parse(slice_str(path), reading, SLICE(HUB), &a, &reason), 0);
    assert_null(reason);
    assert_int_equal(a.modern, modern);
    assert_slice(a.selector, selector);
    assert_slice(a.subscriber, subscriber);
    mercure_address_clear(&a);
    assert_slice(a.selector, NULL);
}

static void assert_refused(const char *path, enum mercure_reading reading, int status)
{
    struct mercure_address a;
    const char *reason = NULL;

    assert_int_equal(mercure_address_parse(slice_str(path), reading, SLICE(HUB), &a, &reason),
                     status);
    assert_non_null(reason);
}

static void legacy_addresses(void **state)
{
    (void)state;
    assert_address(PATH, MERCURE_READ_LEGACY, false, NULL, NULL);
    assert_address(PATH "/a%2Fb+c", MERCURE_READ_LEGACY, false, "a/b+c", NULL);
    assert_address(PATH "/%7Bx%7D/" UUID_PART, MERCURE_READ_LEGACY, false, "{x}", UUID);
    assert_address(PATH "/exact/x", MERCURE_READ_LEGACY, false, "exact", "x");
    assert_refused(PATH "/exact/x/y", MERCURE_READ_LEGACY, 404);
    assert_refused(PATH "/", MERCURE_READ_LEGACY, 404);
    assert_refused(PATH "//x", MERCURE_READ_LEGACY, 404);
    assert_refused(PATH "/x/", MERCURE_READ_LEGACY, 404);
    assert_refused(PATH "/%0a", MERCURE_READ_LEGACY, 400);
    assert_refused(PATH "/%ff", MERCURE_READ_LEGACY, 400);
    assert_refused(PATH "/%f", MERCURE_READ_LEGACY, 400);
    assert_refused(PATH "/a/%f", MERCURE_READ_LEGACY, 400);
}

static void modern_addresses(void **state)
{
    (void)state;
    assert_address(PATH, MERCURE_READ_MODERN, true, NULL, NULL);
    assert_address(PATH "/exact/a%2Fb", MERCURE_READ_MODERN, true, "a/b", NULL);
    assert_address(PATH "/exact/%2A", MERCURE_READ_MODERN, true, "*", NULL);
    assert_address(PATH "/exact/%7Bx%7D/" UUID_PART, MERCURE_READ_MODERN, true, "\x01{x}", UUID);
    assert_address(PATH "/template/%7Bx%7D", MERCURE_READ_MODERN, true, "{x}", NULL);
    assert_address(PATH "/urlpattern/%2Fa%2F:id/x", MERCURE_READ_MODERN, true,
                   "\x02" HUB "\x02/a/:id", "x");
    assert_address(PATH "/urlpattern/%2A", MERCURE_READ_MODERN, true, "*", NULL);
    assert_refused(PATH "/template/x", MERCURE_READ_MODERN, 404);
    assert_refused(PATH "/exact", MERCURE_READ_MODERN, 404);
    assert_refused(PATH "/exact/a/b/c", MERCURE_READ_MODERN, 404);
    assert_refused(PATH "/Exact/a", MERCURE_READ_MODERN, 400);
    assert_refused(PATH "/exact/%", MERCURE_READ_MODERN, 400);
}

static void addresses_without_a_token(void **state)
{
    (void)state;
    assert_address(PATH, MERCURE_READ_PATH, false, NULL, NULL);
    assert_address(PATH "/exact", MERCURE_READ_PATH, false, "exact", NULL);
    assert_address(PATH "/a/b", MERCURE_READ_PATH, false, "a", "b");
    assert_address(PATH "/exact/b", MERCURE_READ_PATH, true, "b", NULL);
    assert_address(PATH "/exact/" UUID_PART, MERCURE_READ_PATH, false, "exact", UUID);
    assert_address(PATH "/exact/b/c", MERCURE_READ_PATH, true, "b", "c");
    assert_refused(PATH "/a/b/c", MERCURE_READ_PATH, 400);
    assert_refused(PATH "/a/b/c/d", MERCURE_READ_PATH, 404);
    assert_true(mercure_path_is_modern(SLICE(PATH "/template/b")));
    assert_true(mercure_path_is_modern(SLICE(PATH "/a/b/c")));
    assert_false(mercure_path_is_modern(SLICE(PATH "/a/b")));
    assert_false(mercure_path_is_modern(SLICE(PATH)));
}

/* The longest address, and one that is a byte longer. */
static void long_addresses(void **state)
{
    char path[sizeof PATH + 8 + 3 * (TOPIC_SIZE_MAX + 1)];
    char topic[TOPIC_SIZE_MAX + 3] = "\x01{x}";
    struct buf text;

    (void)state;
    memset(topic + 4, 'x', TOPIC_SIZE_MAX - 3);
    for (unsigned more = 0; more < 2; more++) {
        buf_init(&text, sizeof path);
        buf_str(&text, PATH "/exact/");
        for (const char *c = topic + 1; *c != '\0'; c++)
            buf_printf(&text, "%%%02x", (unsigned)*c);
        buf_char(&text, '\0');
        assert_true(buf_ok(&text));
        if (more == 0)
            assert_address(text.data, MERCURE_READ_MODERN, true, topic, NULL);
        else
            assert_refused(text.data, MERCURE_READ_MODERN, 400);
        buf_clear(&text);
        topic[TOPIC_SIZE_MAX + 1] = 'x';
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(legacy_documents),
        cmocka_unit_test(modern_documents),
        cmocka_unit_test(names),
        cmocka_unit_test(events),
        cmocka_unit_test(collections),
        cmocka_unit_test(legacy_addresses),
        cmocka_unit_test(modern_addresses),
        cmocka_unit_test(addresses_without_a_token),
        cmocka_unit_test(long_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
