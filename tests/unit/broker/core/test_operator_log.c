/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/operator_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void in_order_and_bounded(void **state)
{
    struct edge_entry edge = {.incarnation = 7, .name = "edge-1"};
    struct broker_report report;
    struct operator_log r;

    (void)state;
    operator_log_init(&r);
    assert_false(operator_log_next(&r, &report));
    operator_log_add(&r, BROKER_REPORT_EDGE_JOINED, &edge, OK);
    for (int i = 0; i < OPERATOR_LOG_MAX; i++) /* the last one is dropped */
        operator_log_add(&r, BROKER_REPORT_APPEND_FAILED, NULL, ERR_IO);
    operator_log_check(&r);
    assert_true(operator_log_next(&r, &report));
    assert_int_equal(report.type, BROKER_REPORT_EDGE_JOINED);
    assert_int_equal(report.incarnation, 7);
    assert_string_equal(report.name, "edge-1");
    for (int i = 1; i < OPERATOR_LOG_MAX; i++) {
        assert_true(operator_log_next(&r, &report));
        assert_int_equal(report.code, ERR_IO);
        assert_string_equal(report.name, "");
    }
    assert_false(operator_log_next(&r, &report));
    operator_log_check(&r);
}

static void malformed_frames_are_reported_once_per_peer(void **state)
{
    struct control_peer peer = {.size = 1, .bytes = {'a'}};
    struct operator_log r;

    (void)state;
    operator_log_init(&r);
    assert_true(operator_log_first_malformed(&r, NULL));
    assert_false(operator_log_first_malformed(&r, NULL));
    assert_true(operator_log_first_malformed(&r, &peer));
    assert_false(operator_log_first_malformed(&r, &peer));
    for (char c = 'b'; c <= 'a' + OPERATOR_LOG_BAD_PEERS_MAX; c++) { /* the oldest is overwritten */
        peer.bytes[0] = c;
        assert_true(operator_log_first_malformed(&r, &peer));
    }
    peer.bytes[0] = 'a';
    assert_true(operator_log_first_malformed(&r, &peer));
    operator_log_check(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order_and_bounded),
        cmocka_unit_test(malformed_frames_are_reported_once_per_peer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
