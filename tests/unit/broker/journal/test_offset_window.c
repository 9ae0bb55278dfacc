/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/journal/offset_window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct offset_window window;

static void an_empty_window(void **state)
{
    uint64_t offset;

    (void)state;
    offset_window_reset(&window, 1000);
    assert_false(offset_window_next(&window, 0, &offset));
    assert_false(offset_window_next(&window, 1000, &offset));
    assert_false(offset_window_previous(&window, UINT64_MAX, &offset));
    assert_false(offset_window_previous(&window, 999, &offset));
}

static void both_ways(void **state)
{
    static const uint64_t members[] = {1000, 1063, 1064, 5000, 1000 + OFFSET_WINDOW_SIZE - 1};
    uint64_t offset;

    (void)state;
    offset_window_reset(&window, 1000);
    for (size_t i = 5; i > 0; i--)
        offset_window_add(&window, members[i - 1]);
    offset_window_add(&window, 5000);
    offset = 0;
    for (size_t i = 0; i < 5; i++) {
        assert_true(offset_window_next(&window, offset, &offset));
        assert_int_equal(offset, members[i]);
        offset++;
    }
    assert_false(offset_window_next(&window, offset, &offset));
    offset = UINT64_MAX;
    for (size_t i = 5; i > 0; i--) {
        assert_true(offset_window_previous(&window, offset, &offset));
        assert_int_equal(offset, members[i - 1]);
        offset--;
    }
    assert_false(offset_window_previous(&window, offset, &offset));
}

static void each_bit(void **state)
{
    uint64_t offset;

    (void)state;
    for (uint64_t i = 0; i < 200; i++) {
        offset_window_reset(&window, 7);
        offset_window_add(&window, 7 + i);
        assert_true(offset_window_next(&window, 7 + i, &offset) && offset == 7 + i);
        assert_true(offset_window_previous(&window, 7 + i, &offset) && offset == 7 + i);
        assert_false(offset_window_next(&window, 8 + i, &offset));
        assert_false(offset_window_previous(&window, 6 + i, &offset));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_window),
        cmocka_unit_test(both_ways),
        cmocka_unit_test(each_bit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
