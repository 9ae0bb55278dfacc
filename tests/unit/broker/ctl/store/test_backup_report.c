/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/store/backup.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void expect(bool json, const char *want)
{
    const struct database_info info = {
        .epoch = {"abc"}, .term = 1, .oldest = 11, .head = 20, .pages = 512, .page_size = 4096};
    struct buf out;

    buf_init(&out, 1000);
    backup_report("b\".db", &info, json, &out);
    buf_char(&out, '\0');
    assert_string_equal(out.data, want);
    buf_clear(&out);
}

static void test_report(void **state)
{
    (void)state;
    expect(false, "b\".db: 10 records (offsets 11 to 20), 2.0 MiB\n");
    expect(true,
           "{\"file\":\"b\\\".db\",\"epoch\":\"abc\",\"oldest\":11,\"head\":20,\"records\":10,"
           "\"bytes\":2097152}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_report)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
