/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/journal/topic_ids.h"

#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct hash_key key = {{1, 2, 3}};

static void numbers_in_order(void **state)
{
    struct topic_ids n;
    uint32_t number;

    (void)state;
    topic_ids_init(&n, &key);
    assert_false(topic_ids_find(&n, SLICE("a"), &number));
    assert_int_equal(topic_ids_add(&n, SLICE("a"), &number), OK);
    assert_int_equal(number, 0);
    assert_int_equal(topic_ids_add(&n, SLICE("b"), &number), OK);
    assert_int_equal(number, 1);
    assert_int_equal(topic_ids_add(&n, SLICE("a"), &number), OK);
    assert_int_equal(number, 0);
    assert_true(topic_ids_find(&n, SLICE("b"), &number));
    assert_int_equal(number, 1);
    assert_false(topic_ids_find(&n, SLICE("c"), &number));
    assert_int_equal(n.count, 2);
    topic_ids_clear(&n);
    assert_int_equal(n.count, 0);
}

static void many(void **state)
{
    struct topic_ids n;
    char text[32];
    uint32_t number;

    (void)state;
    topic_ids_init(&n, &key);
    for (uint32_t i = 0; i < 20000; i++) {
        struct slice name = {text, (size_t)snprintf(text, sizeof text, "topic/%u", i)};
        assert_int_equal(topic_ids_add(&n, name, &number), OK);
        assert_int_equal(number, i);
    }
    for (uint32_t i = 0; i < 20000; i++) {
        struct slice name = {text, (size_t)snprintf(text, sizeof text, "topic/%u", i)};
        assert_true(topic_ids_find(&n, name, &number));
        assert_int_equal(number, i);
        assert_true(slice_equal(n.list[i].text, name));
    }
    assert_true(n.memory > 20000 * 10);
    topic_ids_clear(&n);
}

static void odd_names(void **state)
{
    static char large[100000];
    struct topic_ids n;
    uint32_t number;

    (void)state;
    topic_ids_init(&n, &key);
    assert_int_equal(topic_ids_add(&n, SLICE(""), &number), OK);
    assert_int_equal(topic_ids_add(&n, SLICE("\0x"), &number), OK);
    assert_int_equal(topic_ids_add(&n, slice_of(large, sizeof large), &number), OK);
    assert_int_equal(number, 2);
    assert_true(topic_ids_find(&n, SLICE(""), &number));
    assert_int_equal(number, 0);
    assert_true(topic_ids_find(&n, slice_of(large, sizeof large), &number));
    assert_false(topic_ids_find(&n, slice_of(large, sizeof large - 1), &number));
    topic_ids_clear(&n);
}

static void reused_after_a_reset(void **state)
{
    struct topic_ids n;
    uint32_t number;

    (void)state;
    topic_ids_init(&n, &key);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(topic_ids_add(&n, SLICE("x"), &number), OK);
        assert_int_equal(number, 0);
        assert_int_equal(topic_ids_add(&n, SLICE("y"), &number), OK);
        assert_int_equal(number, 1);
        topic_ids_reset(&n);
        assert_false(topic_ids_find(&n, SLICE("x"), &number));
    }
    topic_ids_clear(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_in_order),
        cmocka_unit_test(many),
        cmocka_unit_test(odd_names),
        cmocka_unit_test(reused_after_a_reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
