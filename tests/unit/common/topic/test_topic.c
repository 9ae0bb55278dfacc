/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/topic/topic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void names(void **state)
{
    (void)state;
    assert_int_equal(topic_check(SLICE("chat")), OK);
    assert_int_equal(topic_check(SLICE("https://example.com/books/{id}")), OK);
    assert_int_equal(topic_check(SLICE("r\xc3\xa4ume/1 2")), OK);
    assert_int_equal(topic_check(SLICE("**")), OK);
    assert_int_equal(topic_check(SLICE("*a")), OK);
    assert_int_equal(topic_check(SLICE("")), ERR_INVALID);
    assert_int_equal(topic_check((struct slice){0}), ERR_INVALID);
    assert_int_equal(topic_check(SLICE("a\xff")), ERR_INVALID);
}

static void control_characters_are_refused(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 0x80; c++) {
        const char name[3] = {'a', (char)c, 'b'};

        assert_int_equal(topic_check(slice_of(name, 3)), c < 0x20 || c == 0x7f ? ERR_INVALID : OK);
    }
}

static void length_is_limited(void **state)
{
    char name[TOPIC_SIZE_MAX + 1];

    (void)state;
    memset(name, 'a', sizeof name);
    assert_int_equal(topic_check(slice_of(name, 1)), OK);
    assert_int_equal(topic_check(slice_of(name, TOPIC_SIZE_MAX)), OK);
    assert_int_equal(topic_check(slice_of(name, TOPIC_SIZE_MAX + 1)), ERR_TOO_LARGE);
}

static void a_star_is_not_a_topic(void **state)
{
    (void)state;
    assert_int_equal(topic_check(SLICE("*")), ERR_INVALID);
    assert_int_equal(topic_check(SLICE("**")), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(control_characters_are_refused),
        cmocka_unit_test(length_is_limited),
        cmocka_unit_test(a_star_is_not_a_topic),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
