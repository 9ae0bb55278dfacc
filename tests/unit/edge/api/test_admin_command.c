/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/admin_command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_all(void **state)
{
    struct admin_command c;
    char reason[ADMIN_COMMAND_REASON_SIZE];

    (void)state;
    assert_int_equal(
        admin_command_read(
            SLICE("{\"command\":\"edge\",\"arguments\":[\"e\\u00e9\",\"\"],\"x\":1}"), &c, reason),
        OK);
    assert_true(slice_equal(c.command, SLICE("edge")));
    assert_int_equal(c.count, 2);
    assert_true(slice_equal(c.arguments[0], SLICE("e\xc3\xa9")));
    assert_int_equal(c.arguments[1].size, 0);
    admin_command_clear(&c);
    admin_command_clear(&c);
    assert_int_equal(admin_command_read(SLICE("{\"command\":\"stats\"}"), &c, reason), OK);
    assert_int_equal(c.count, 0);
    admin_command_clear(&c);
}

static void refused(const char *text, const char *words)
{
    struct admin_command c;
    char reason[ADMIN_COMMAND_REASON_SIZE];

    assert_int_equal(admin_command_read(slice_str(text), &c, reason), ERR_INVALID);
    if (strstr(reason, words) == NULL)
        print_error("%s: %s\n", text, reason);
    assert_non_null(strstr(reason, words));
}

static void test_refusals(void **state)
{
    struct admin_command c;
    char reason[ADMIN_COMMAND_REASON_SIZE];

    (void)state;
    refused("", "JSON object");
    refused("[]", "JSON object");
    refused("{\"command\":\"a\",\"command\":\"b\"}", "JSON object");
    refused("{\"command\":\"a\\u0000\"}", "JSON object");
    refused("{}", "command: must be");
    refused("{\"command\":1}", "command: must be");
    refused("{\"command\":\"a\",\"arguments\":\"b\"}", "arguments: must be");
    refused("{\"command\":\"a\",\"arguments\":[1]}", "arguments: must be");
    refused("{\"command\":\"a\",\"arguments\":[\"\",\"\",\"\",\"\",\"\",\"\",\"\"]}", "too many");
    assert_int_equal(admin_command_read((struct slice){NULL, 0}, &c, reason), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
