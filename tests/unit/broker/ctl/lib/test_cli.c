/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct values {
    const char *name;
    bool json;
};

static const struct option options[] = {
    {.name = "name",
     .type = OPTION_STRING,
     .help = "Names.",
     .field = offsetof(struct values, name)},
    CLI_JSON_OPTION(struct values),
};

static const struct cli_command command = {
    .table = {.program = "belfry x",
              .summary = "Does.",
              .operands = "A [B]",
              .options = options,
              .count = 2},
    .examples = "  belfry x 1\n",
    .operands_min = 1,
    .operands_max = 2,
};

static enum err look(bool *help, const char *a, const char *b, const char *c)
{
    char reason[OPTIONS_REASON_SIZE];
    char *argv[] = {(char *)(uintptr_t)"x", (char *)(uintptr_t)a, (char *)(uintptr_t)b,
                    (char *)(uintptr_t)c, NULL};
    int argc = 1 + (a != NULL) + (b != NULL) + (c != NULL);

    return cli_look(&command.table, argc, argv, help, reason);
}

static void test_dashes(void **state)
{
    bool help;

    (void)state;
    assert_int_equal(look(&help, "a", "--json", "b"), OK);
    assert_false(help);
    assert_int_equal(look(&help, "-f", NULL, NULL), ERR_INVALID);
    assert_int_equal(look(&help, "--json", "-f", NULL), ERR_INVALID);
    assert_int_equal(look(&help, "--name", "-f", NULL), OK); /* -f is the value of --name */
    assert_int_equal(look(&help, "--name=a", "-f", NULL), ERR_INVALID);
    assert_int_equal(look(&help, "-", "a", NULL), OK); /* standard input */
    assert_int_equal(look(&help, "--", "-5", NULL), OK);
    assert_false(help);
    assert_int_equal(look(&help, "a", "-h", NULL), OK);
    assert_true(help);
}

static void test_count(void **state)
{
    char reason[OPTIONS_REASON_SIZE];
    char *argv[] = {(char *)(uintptr_t)"a", (char *)(uintptr_t)"b", (char *)(uintptr_t)"c"};

    (void)state;
    assert_int_equal(cli_count(&command, 0, argv, reason), ERR_INVALID);
    assert_non_null(strstr(reason, "A [B] is missing"));
    assert_int_equal(cli_count(&command, 1, argv, reason), OK);
    assert_int_equal(cli_count(&command, 2, argv, reason), OK);
    assert_int_equal(cli_count(&command, 3, argv, reason), ERR_INVALID);
    assert_string_equal(reason, "unexpected argument \"c\"");
}

static void test_environment(void **state)
{
    (void)state;
    assert_true(cli_from_environment("BELFRY_URL=http://x"));
    assert_true(cli_from_environment("BELFRY_TOKEN=x"));
    assert_false(cli_from_environment("BELFRY_TYPE=x")); /* the name of an option of publish */
    assert_false(cli_from_environment("BELFRY_=x"));
    assert_false(cli_from_environment("URL=x"));
}

static void test_help(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    cli_help(&command, &out);
    buf_char(&out, '\0');
    assert_non_null(strstr(out.data, "Usage: belfry x [OPTION...] A [B]\nDoes.\n"));
    assert_non_null(strstr(out.data, "\nExamples:\n  belfry x 1\n"));
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dashes),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_help),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
