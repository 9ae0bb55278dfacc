/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/store/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void expect_in(const struct check_report *r, bool json, const char *want)
{
    struct buf out;

    buf_init(&out, 65536);
    if (json)
        check_report_json(r, "f.db", &out);
    else
        check_report_text(r, "f.db", &out);
    buf_char(&out, '\0');
    assert_non_null(strstr(out.data, want));
    buf_clear(&out);
}

static void test_scan(void **state)
{
    struct check_scan scan = {.next = 5};
    struct check_report r;

    (void)state;
    check_report_init(&r);
    assert_true(check_scan_record(&r, &scan, 5, 100));
    assert_true(check_scan_record(&r, &scan, 6, 100));
    assert_int_equal(r.problems, 0);
    assert_true(check_scan_record(&r, &scan, 8, 101));  /* 7 is missing */
    assert_true(check_scan_record(&r, &scan, 12, 102)); /* 9 to 11 are missing */
    assert_true(check_scan_record(&r, &scan, 13, 50));
    assert_false(check_scan_record(&r, &scan, 12, 50));
    assert_int_equal(r.problems, 4);
    expect_in(&r, false, "problem  record 7 is missing\n");
    expect_in(&r, false, "problem  records 9 to 11 are missing\n");
    expect_in(&r, false, "problem  record 13 is older than the one before it\n");
    expect_in(&r, false, "problem  offset 12 comes after 13\n");
    expect_in(&r, false, "f.db is damaged: 4 problems\n");
    expect_in(&r, true, "\"whole\":false");
    expect_in(&r, true, "\"problems\":[\"record 7 is missing\",");
    check_report_clear(&r);
}

static void test_undamaged(void **state)
{
    struct check_report r;

    (void)state;
    check_report_init(&r);
    r.info = (struct database_info){.epoch = {"abc"}, .term = 3, .oldest = 1, .head = 9};
    expect_in(&r, false, "epoch abc, term 3, offsets 1 to 9\n");
    expect_in(&r, false, "f.db is undamaged\n");
    expect_in(&r, true, "\"whole\":true,\"epoch\":\"abc\",\"term\":3,\"oldest\":1,\"head\":9");
    check_report_clear(&r);
}

static void test_many(void **state)
{
    struct check_report r;

    (void)state;
    check_report_init(&r);
    for (int i = 0; i < CHECK_PROBLEMS_SHOWN + 7; i++)
        check_problem(&r, "bad\033 %d", i);
    assert_int_equal(r.problems, CHECK_PROBLEMS_SHOWN + 7);
    expect_in(&r, false, "problem  bad? 49\n         and 7 more\n");
    expect_in(&r, true, "\"problem_count\":57");
    check_report_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan),
        cmocka_unit_test(test_undamaged),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
