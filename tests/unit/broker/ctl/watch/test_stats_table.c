/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/watch/stats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_stats(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 10000);
    assert_int_equal(stats_table(SLICE("{\"epoch\":\"abc\",\"head\":7}"), &out), OK);
    buf_char(&out, '\0');
    assert_non_null(strstr(out.data, "log      epoch abc, term -, offsets - to 7\n"));
    assert_non_null(strstr(out.data, "no edges\n"));
    buf_reset(&out);
    assert_int_equal(stats_edges_json(SLICE("{\"edges\":[{\"name\":\"e\"}]}"), &out), OK);
    buf_char(&out, '\0');
    assert_string_equal(out.data, "[{\"name\":\"e\"}]\n");
    buf_reset(&out);
    assert_int_equal(stats_edges(SLICE("{\"edges\":[{\"name\":\"e\"}]}"), &out), OK);
    buf_char(&out, '\0');
    assert_non_null(strstr(out.data, "\ne "));
    assert_int_equal(stats_table(SLICE("[]"), &out), ERR_MALFORMED);
    assert_int_equal(stats_edges(SLICE("x"), &out), ERR_MALFORMED);
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
