/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/token/grants.h"

#include "common/topic/topic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct slice none = {NULL, 0};

static void add(struct grants *g, enum grant_kind kind, enum grant_match match, const char *text)
{
    assert_int_equal(grants_add(g, kind, match, slice_str(text), none), OK);
}

static void test_nothing(void **state)
{
    struct grants *g = grants_create((struct slice){0});

    (void)state;
    assert_false(grants_publish(g, SLICE("a")));
    assert_false(grants_subscribe(g, SLICE("a")));
    assert_null(grants_payload(g, SLICE("a")).data);
    assert_false(g->lists[GRANT_PUBLISH].claimed);
    assert_true(g->exp_ms == GRANTS_FOREVER);
    grants_unref(g);
    grants_unref(NULL);
}

static void test_selectors(void **state)
{
    struct grants *g = grants_create((struct slice){0});

    (void)state;
    add(g, GRANT_PUBLISH, GRANT_SELECTOR, "a");
    add(g, GRANT_SUBSCRIBE, GRANT_SELECTOR, "room/{id}");
    assert_true(grants_publish(g, SLICE("a")));
    assert_false(grants_publish(g, SLICE("aa")));
    assert_false(grants_publish(g, SLICE("room/1")));
    assert_true(grants_subscribe(g, SLICE("room/1")));
    assert_true(grants_subscribe(g, SLICE("room/{id}")));
    assert_false(grants_subscribe(g, SLICE("room/1/2")));
    assert_false(grants_subscribe(g, SLICE("a")));
    add(g, GRANT_SUBSCRIBE, GRANT_SELECTOR, "*");
    assert_true(grants_subscribe(g, SLICE("a")));
    assert_false(grants_publish(g, SLICE("b")));
    grants_unref(g);
}

/* An exact match does not read templates. */
static void test_exact(void **state)
{
    struct grants *g = grants_create((struct slice){0});

    (void)state;
    add(g, GRANT_SUBSCRIBE, GRANT_EXACT, "room/{id}");
    assert_true(grants_subscribe(g, SLICE("room/{id}")));
    assert_false(grants_subscribe(g, SLICE("room/1")));
    add(g, GRANT_PUBLISH, GRANT_EXACT, "*");
    assert_true(grants_publish(g, SLICE("room/1")));
    grants_unref(g);
}

static void test_patterns(void **state)
{
    struct grants *g = grants_create(SLICE("https://example.org/.well-known/mercure"));

    (void)state;
    add(g, GRANT_SUBSCRIBE, GRANT_URLPATTERN, "/room/:id");
    assert_true(grants_subscribe(g, SLICE("/room/1")));
    assert_true(grants_subscribe(g, SLICE("https://example.org/room/1")));
    assert_false(grants_subscribe(g, SLICE("https://example.com/room/1")));
    assert_false(grants_subscribe(g, SLICE("/hall/1")));
    assert_false(grants_subscribe(g, SLICE("/room/:id/2")));
    add(g, GRANT_SUBSCRIBE, GRANT_URLPATTERN, "https://example.com/*");
    assert_true(grants_subscribe(g, SLICE("https://example.com/hall/1")));
    assert_int_equal(grants_add(g, GRANT_PUBLISH, GRANT_URLPATTERN, SLICE("/(\\d+)"), none),
                     ERR_INVALID);
    assert_false(g->lists[GRANT_PUBLISH].claimed);
    add(g, GRANT_PUBLISH, GRANT_URLPATTERN, "*");
    assert_true(grants_publish(g, SLICE("x")));
    assert_true(slice_equal(g->lists[GRANT_SUBSCRIBE].grants[0].selector, SLICE("/room/:id")));
    grants_unref(g);

    g = grants_create(none); /* there is no base to resolve it against */
    assert_int_equal(grants_add(g, GRANT_SUBSCRIBE, GRANT_URLPATTERN, SLICE("/room/:id"), none),
                     ERR_INVALID);
    grants_unref(g);
}

static void test_payloads(void **state)
{
    struct grants *g = grants_create((struct slice){0});
    struct slice kept;

    (void)state;
    assert_int_equal(grants_copy_text(g, SLICE("{\"own\":1}"), &kept), OK);
    assert_int_equal(grants_copy_text(g, SLICE("{}"), &g->payload), OK);
    assert_int_equal(grants_add(g, GRANT_SUBSCRIBE, GRANT_EXACT, SLICE("a"), kept), OK);
    assert_int_equal(grants_add(g, GRANT_SUBSCRIBE, GRANT_EXACT, SLICE("b"), none), OK);
    assert_true(slice_equal(grants_payload(g, SLICE("a")), SLICE("{\"own\":1}")));
    assert_true(slice_equal(grants_payload(g, SLICE("b")), SLICE("{}")));
    assert_true(slice_equal(grants_payload(g, SLICE("c")), SLICE("{}")));
    grants_unref(g);
}

static void test_limits(void **state)
{
    static char longer[TOPIC_SIZE_MAX + 1];
    struct grants *g = grants_create((struct slice){0});

    (void)state;
    for (size_t i = 0; i < GRANTS_MAX; i++)
        add(g, GRANT_SUBSCRIBE, GRANT_SELECTOR, "a");
    assert_int_equal(grants_add(g, GRANT_SUBSCRIBE, GRANT_SELECTOR, SLICE("a"), none),
                     ERR_TOO_MANY);
    add(g, GRANT_PUBLISH, GRANT_SELECTOR, "a");
    assert_true(g->bytes > GRANTS_MAX * sizeof(struct grant));
    memset(longer, 'x', sizeof longer);
    assert_int_equal(
        grants_add(g, GRANT_PUBLISH, GRANT_SELECTOR, slice_of(longer, sizeof longer), none),
        ERR_TOO_LARGE);
    assert_int_equal(grants_add(g, GRANT_PUBLISH, GRANT_SELECTOR, SLICE(""), none), ERR_INVALID);
    assert_int_equal(grants_add(g, GRANT_PUBLISH, GRANT_SELECTOR, SLICE("a\nb"), none),
                     ERR_INVALID);
    assert_int_equal(grants_add(g, GRANT_PUBLISH, GRANT_SELECTOR, SLICE("\xff"), none),
                     ERR_INVALID);
    assert_int_equal(g->lists[GRANT_PUBLISH].count, 1);
    grants_unref(g);
}

static void test_references(void **state)
{
    struct grants *g = grants_create((struct slice){0});

    (void)state;
    assert_ptr_equal(grants_ref(g), g);
    grants_unref(g);
    add(g, GRANT_PUBLISH, GRANT_SELECTOR, "a"); /* still there */
    grants_unref(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing),    cmocka_unit_test(test_selectors),
        cmocka_unit_test(test_exact),      cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_payloads),   cmocka_unit_test(test_limits),
        cmocka_unit_test(test_references),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
