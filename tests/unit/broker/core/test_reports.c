/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/reports.h"

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
    struct reports r;

    (void)state;
    reports_init(&r);
    assert_false(reports_next(&r, &report));
    reports_add(&r, BROKER_REPORT_EDGE_JOINED, &edge, OK);
    for (int i = 0; i < REPORTS_MAX; i++) /* the last one is dropped */
        reports_add(&r, BROKER_REPORT_APPEND_FAILED, NULL, ERR_IO);
    reports_check(&r);
    assert_true(reports_next(&r, &report));
    assert_int_equal(report.type, BROKER_REPORT_EDGE_JOINED);
    assert_int_equal(report.incarnation, 7);
    assert_string_equal(report.name, "edge-1");
    for (int i = 1; i < REPORTS_MAX; i++) {
        assert_true(reports_next(&r, &report));
        assert_int_equal(report.code, ERR_IO);
        assert_string_equal(report.name, "");
    }
    assert_false(reports_next(&r, &report));
    reports_check(&r);
}

static void a_malformed_frame_counts_once_a_peer(void **state)
{
    struct broker_peer peer = {.size = 1, .bytes = {'a'}};
    struct reports r;

    (void)state;
    reports_init(&r);
    assert_true(reports_first_malformed(&r, NULL));
    assert_false(reports_first_malformed(&r, NULL));
    assert_true(reports_first_malformed(&r, &peer));
    assert_false(reports_first_malformed(&r, &peer));
    for (char c = 'b'; c <= 'a' + REPORTS_BAD_PEERS_MAX; c++) { /* the oldest is forgotten */
        peer.bytes[0] = c;
        assert_true(reports_first_malformed(&r, &peer));
    }
    peer.bytes[0] = 'a';
    assert_true(reports_first_malformed(&r, &peer));
    reports_check(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order_and_bounded),
        cmocka_unit_test(a_malformed_frame_counts_once_a_peer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
