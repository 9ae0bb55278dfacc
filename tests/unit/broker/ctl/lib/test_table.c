/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/table.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct table_column columns[] = {{"NAME", false}, {"N", true}, {"LAST", false}};

static void test_rows(void **state)
{
    static const char *const cells[] = {"a", "1", "x", "l\xc3\xa4nger", "1234", "y\n"};
    struct table t;
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    table_init(&t, columns, 3, 1000);
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
        table_add(&t, slice_str(cells[i]));
    table_write(&t, &out);
    buf_char(&out, '\0');
    assert_string_equal(out.data, "NAME       N  LAST\n"
                                  "a          1  x\n"
                                  "l\xc3\xa4nger  1234  y?\n");
    table_clear(&t);
    buf_clear(&out);
}

static void test_nothing_and_too_much(void **state)
{
    struct table t;
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    table_init(&t, columns, 3, 8);
    table_write(&t, &out);
    buf_char(&out, '\0');
    assert_string_equal(out.data, "NAME  N  LAST\n");
    for (int i = 0; i < 9; i++)
        table_add(&t, SLICE("cell"));
    buf_reset(&out);
    table_write(&t, &out);
    assert_false(buf_ok(&out));
    table_clear(&t);
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_nothing_and_too_much),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
