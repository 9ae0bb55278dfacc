/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/shell/conn_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_moves(void **state)
{
    (void)state;
    assert_true(conn_state_follows(CONN_IDLE, CONN_READING));
    assert_true(conn_state_follows(CONN_READING, CONN_STREAM));
    assert_true(conn_state_follows(CONN_WAITING, CONN_STREAM));
    assert_true(conn_state_follows(CONN_WRITING, CONN_IDLE));
    assert_true(conn_state_follows(CONN_WRITING, CONN_WRITING));
    assert_false(conn_state_follows(CONN_STREAM, CONN_IDLE));
    assert_false(conn_state_follows(CONN_IDLE, CONN_WAITING));
    assert_false(conn_state_follows(CONN_LINGERING, CONN_IDLE));
    for (int i = 0; i < CONN_STATES; i++) {
        assert_int_equal(conn_state_follows((enum conn_state)i, CONN_CLOSED), i != CONN_CLOSED);
        assert_false(conn_state_follows(CONN_CLOSED, (enum conn_state)i));
    }
}

/* Nothing is read before the response is complete. While bytes wait to be written, the socket is
 * watched for room. */
static void test_watches(void **state)
{
    (void)state;
    assert_int_equal(conn_state_watches(CONN_IDLE, false, false, false), CONN_WATCH_READ);
    assert_int_equal(conn_state_watches(CONN_STREAM, false, false, false), CONN_WATCH_READ);
    assert_int_equal(conn_state_watches(CONN_STREAM, true, false, false),
                     CONN_WATCH_READ | CONN_WATCH_WRITE);
    assert_int_equal(conn_state_watches(CONN_WAITING, false, false, false), CONN_WATCH_READ);
    assert_int_equal(conn_state_watches(CONN_WAITING, false, false, true), CONN_WATCH_END);
    assert_int_equal(conn_state_watches(CONN_WAITING, false, true, true), 0);
    assert_int_equal(conn_state_watches(CONN_WRITING, true, false, false), CONN_WATCH_WRITE);
    assert_int_equal(conn_state_watches(CONN_ENDING, true, false, false), CONN_WATCH_WRITE);
    assert_int_equal(conn_state_watches(CONN_LINGERING, false, false, false), CONN_WATCH_READ);
    assert_int_equal(conn_state_watches(CONN_BROKEN, true, false, false), 0);
    assert_int_equal(conn_state_watches(CONN_CLOSED, true, false, false), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_moves),
                                       cmocka_unit_test(test_watches)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
