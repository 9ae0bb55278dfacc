/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/json_cell.h"

#include "broker/ctl/log_state.h"
#include "broker/ctl/problem.h"
#include "broker/ctl/stats.h"
#include "broker/ctl/topics.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

static void test_table(void **state)
{
    static const struct cell_column columns[] = {{"NAME", "name", CELL_TEXT},
                                                 {"N", "n", CELL_NUMBER},
                                                 {"SIZE", "size", CELL_BYTES},
                                                 {"AGE", "age", CELL_DURATION},
                                                 {"TOOK", "took", CELL_MICROSECONDS},
                                                 {"R", "r", CELL_FRACTION},
                                                 {"ON", "on", CELL_FLAG}};
    json_t *array = json_loads(
        "[{\"name\":\"a\\u001bb\",\"n\":5,\"size\":2048,\"age\":1500,\"took\":99,\"r\":1.25,"
        "\"on\":true},{\"name\":7,\"n\":\"x\"}]",
        0, NULL);
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    cell_table(array, columns, 7, &out);
    buf_char(&out, '\0');
    assert_string_equal(out.data, "NAME  N     SIZE    AGE   TOOK    R  ON\n"
                                  "a?b   5  2.0 KiB  1.5 s  99 us  1.2  yes\n"
                                  "-     -        -      -      -    -  -\n");
    json_decref(array);
    buf_clear(&out);
}

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

static void test_log_state(void **state)
{
    struct log_state log;

    (void)state;
    assert_int_equal(log_state_read(SLICE("{\"epoch\":\"abc\",\"head\":7,\"oldest\":2}"), &log),
                     OK);
    assert_string_equal(log.epoch.text, "abc");
    assert_int_equal(log.head, 7);
    assert_int_equal(log_state_read(SLICE("{\"epoch\":\"ABC\",\"head\":7,\"oldest\":2}"), &log),
                     ERR_MALFORMED);
    assert_int_equal(log_state_read(SLICE("{\"epoch\":\"abc\",\"head\":-7,\"oldest\":2}"), &log),
                     ERR_MALFORMED);
}

static void test_problem(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 100);
    assert_true(problem_text(SLICE("{\"title\":\"t\",\"detail\":\"a\\nb\"}"), &out));
    assert_true(problem_text(SLICE("{\"title\":\"t\"}"), &out));
    assert_false(problem_text(SLICE("{}"), &out));
    assert_false(problem_text(SLICE("<html>"), &out));
    assert_true(slice_equal(buf_all(&out), SLICE("a?bt")));
    assert_int_equal(problem_number(SLICE("{\"count\":3}"), "count"), 3);
    assert_int_equal(problem_number(SLICE("{\"count\":-3}"), "count"), -1);
    assert_int_equal(problem_number(SLICE("{}"), "count"), -1);
    buf_clear(&out);
}

static void expect_topics(struct topics_list *list, enum topics_sort sort, size_t limit, bool json,
                          const char *want)
{
    struct buf out;

    buf_init(&out, 1000);
    assert_int_equal(topics_list_write(list, sort, limit, json, &out), OK);
    buf_char(&out, '\0');
    assert_string_equal(out.data, want);
    buf_clear(&out);
}

static void test_topics(void **state)
{
    struct topics_list *list = topics_list_create();
    struct buf last;
    bool more = true;

    (void)state;
    buf_init(&last, 100);
    expect_topics(list, TOPICS_BY_NAME, 0, false, "no topics: nothing is stored\n");
    assert_int_equal(
        topics_list_add(list,
                        SLICE("{\"topics\":[{\"topic\":\"a\",\"records\":1,\"last\":\"e-9\"}],"
                              "\"more\":true}"),
                        &more, &last),
        OK);
    assert_true(more);
    assert_true(slice_equal(buf_all(&last), SLICE("a")));
    assert_int_equal(
        topics_list_add(list,
                        SLICE("{\"topics\":[{\"topic\":\"b\",\"records\":5,\"last\":\"e-7\"}],"
                              "\"more\":false}"),
                        &more, &last),
        OK);
    assert_false(more);
    expect_topics(list, TOPICS_BY_NAME, 0, false,
                  "TOPIC  RECORDS  LAST\na            1  e-9\nb            5  e-7\n");
    expect_topics(list, TOPICS_BY_RECORDS, 1, true,
                  "[{\"topic\":\"b\",\"records\":5,\"last\":\"e-7\"}]\n");
    expect_topics(list, TOPICS_BY_LAST, 1, true,
                  "[{\"topic\":\"a\",\"records\":1,\"last\":\"e-9\"}]\n");
    assert_int_equal(topics_list_add(list, SLICE("{}"), &more, &last), ERR_MALFORMED);
    assert_int_equal(topics_list_add(list, SLICE("{\"topics\":[],\"more\":true}"), &more, &last),
                     OK);
    assert_false(more); /* or it would be asked for ever */
    buf_clear(&last);
    topics_list_destroy(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),     cmocka_unit_test(test_stats),
        cmocka_unit_test(test_log_state), cmocka_unit_test(test_problem),
        cmocka_unit_test(test_topics),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
