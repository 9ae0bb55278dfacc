/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/json_table.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_table(void **state)
{
    static const struct json_column columns[] = {{"NAME", "name", JSON_COLUMN_TEXT},
                                                 {"N", "n", JSON_COLUMN_NUMBER},
                                                 {"SIZE", "size", JSON_COLUMN_BYTES},
                                                 {"AGE", "age", JSON_COLUMN_DURATION},
                                                 {"TOOK", "took", JSON_COLUMN_MICROSECONDS},
                                                 {"R", "r", JSON_COLUMN_FRACTION},
                                                 {"ON", "on", JSON_COLUMN_FLAG}};
    json_t *array = json_loads(
        "[{\"name\":\"a\\u001bb\",\"n\":5,\"size\":2048,\"age\":1500,\"took\":99,\"r\":1.25,"
        "\"on\":true},{\"name\":7,\"n\":\"x\"}]",
        0, NULL);
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    json_table_write(array, columns, 7, &out);
    buf_char(&out, '\0');
    assert_string_equal(out.data, "NAME  N     SIZE    AGE   TOOK    R  ON\n"
                                  "a?b   5  2.0 KiB  1.5 s  99 us  1.2  yes\n"
                                  "-     -        -      -      -    -  -\n");
    json_decref(array);
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
