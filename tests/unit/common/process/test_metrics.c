/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/process/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct metrics begin(struct buf *out)
{
    struct metrics m;

    buf_init(out, 1u << 16);
    metrics_init(&m, out);
    return m;
}

static void check(struct buf *out, const char *expected)
{
    assert_true(buf_ok(out));
    buf_char(out, '\0');
    assert_string_equal(out->data, expected);
    buf_clear(out);
}

static void one_sample(void **state)
{
    struct buf out;
    struct metrics m = begin(&out);

    (void)state;
    metrics_counter(&m, "a_total", "What it is.", UINT64_MAX);
    metrics_gauge(&m, "b", "And this.", 0);
    metrics_seconds(&m, "c_seconds", METRIC_GAUGE, "Time.", 0.25);
    check(&out, "# HELP a_total What it is.\n# TYPE a_total counter\na_total 18446744073709551615\n"
                "# HELP b And this.\n# TYPE b gauge\nb 0\n"
                "# HELP c_seconds Time.\n# TYPE c_seconds gauge\nc_seconds 0.25\n");
}

/* Quotes are escaped in values only; backslashes and line feeds also in HELP. */
static void escapes(void **state)
{
    const struct metric_label labels[] = {{"x", SLICE_INIT("a\"b\\c\nd")},
                                          {"y", SLICE_INIT("caf\xc3\xa9")}};
    struct buf out;
    struct metrics m = begin(&out);

    (void)state;
    metrics_family(&m, "a", METRIC_GAUGE, "say \"x\\y\nz");
    metrics_sample(&m, labels, 2, 1);
    metrics_by(&m, "z", "", 2);
    check(&out, "# HELP a say \"x\\\\y\\nz\n# TYPE a gauge\n"
                "a{x=\"a\\\"b\\\\c\\nd\",y=\"caf\xc3\xa9\"} 1\na{z=\"\"} 2\n");
}

static void build(void **state)
{
    struct buf out;
    struct metrics m = begin(&out);

    (void)state;
    metrics_build(&m, "belfry-edge", "belfry/1.2.3");
    buf_char(&out, '\0');
    assert_non_null(
        strstr(out.data, "\nbelfry_build_info{program=\"belfry-edge\",version=\"1.2.3\"} 1\n"));
    buf_clear(&out);
}

/* Returns the value of the first line that contains `begin_of_line`. */
static double value_of(const char *text, const char *begin_of_line)
{
    const char *at = strstr(text, begin_of_line);

    assert_non_null(at);
    at = strchr(at, '}') != NULL && strchr(at, '}') < strchr(at, '\n') ? strchr(at, '}') + 1
                                                                       : strchr(at, ' ');
    return strtod(at, NULL);
}

/* Each bucket counts the values up to its bound, and so never less than the one before. */
static void histogram(void **state)
{
    static struct histogram h;
    struct buf out;
    struct metrics m = begin(&out);
    double before = 0;

    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        histogram_add(&h, i * 100); /* up to 0.1 s */
    histogram_add(&h, 60000000);    /* a minute, above the last bucket */
    metrics_histogram(&m, "t_seconds", "Times.", &h);
    assert_true(buf_ok(&out));
    buf_char(&out, '\0');
    assert_int_equal(strncmp(out.data, "# HELP t_seconds Times.\n# TYPE t_seconds histogram\n", 51),
                     0);
    for (unsigned power = 6; power <= 24; power++) {
        char line[64];
        double bound = (double)(UINT64_C(1) << power);
        double expected = bound > 99900 ? 1000 : (double)(unsigned)((bound - 1) / 100 + 1);
        double value;

        (void)snprintf(line, sizeof line, "t_seconds_bucket{le=\"%.9g\"}", bound / 1e6);
        value = value_of(out.data, line);
        assert_true(value >= before);
        assert_int_equal((int)value, (int)expected);
        before = value;
    }
    assert_int_equal((int)value_of(out.data, "t_seconds_bucket{le=\"+Inf\"}"), 1001);
    assert_int_equal((int)value_of(out.data, "t_seconds_count"), 1001);
    assert_int_equal((int)(value_of(out.data, "t_seconds_sum") * 100 + 0.5), 10995);
    buf_clear(&out);
}

static void full(void **state)
{
    struct buf out;
    struct metrics m;

    (void)state;
    buf_init(&out, 20);
    metrics_init(&m, &out);
    metrics_gauge(&m, "b", "Too long for it.", 0);
    assert_false(buf_ok(&out));
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_sample), cmocka_unit_test(escapes), cmocka_unit_test(build),
        cmocka_unit_test(histogram),  cmocka_unit_test(full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
