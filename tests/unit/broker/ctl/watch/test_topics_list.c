/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/watch/topics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

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
    expect_topics(list, TOPICS_BY_NAME, 0, false, "no topics: the log is empty\n");
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
    assert_false(more); /* otherwise the caller would not stop asking */
    buf_clear(&last);
    topics_list_destroy(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_topics),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
