/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/process/program_main_posix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define SERVED 7 /* exit status of the server in this test */

struct settings {
    uint64_t number;
    bool version;
};

static const struct option options[] = {
    {.name = "number",
     .type = OPTION_NUMBER,
     .fallback = "3",
     .max = 9,
     .help = "A number.",
     .field = offsetof(struct settings, number)},
    {.name = "version",
     .type = OPTION_FLAG,
     .help = "Show the version.",
     .field = offsetof(struct settings, version)},
};

static const struct option_table table = {
    .program = "belfry-test", .summary = "Tests.", .options = options, .count = 2};

static int serve(const void *settings)
{
    return SERVED + (int)((const struct settings *)settings)->number;
}

/* `argument` is the command line, or NULL. */
static int run(const char *argument)
{
    struct settings settings;
    const struct program program = {.options = &table,
                                    .version = "1.2.3",
                                    .settings = &settings,
                                    .show_version = &settings.version,
                                    .serve = serve};
    char name[] = "belfry-test";
    char text[64];
    char *argv[] = {name, text, NULL};

    (void)snprintf(text, sizeof text, "%s", argument == NULL ? "" : argument);
    if (argument == NULL)
        argv[1] = NULL;
    return program_main(&program, argument == NULL ? 1 : 2, argv);
}

static void test_serve(void **state)
{
    (void)state;
    assert_int_equal(run(NULL), SERVED + 3);
    assert_int_equal(run("--number=4"), SERVED + 4);
}

static void test_environment(void **state)
{
    (void)state;
    setenv("BELFRY_NUMBER", "5", 1);
    assert_int_equal(run(NULL), SERVED + 5);
    setenv("BELFRY_NUMBER", "x", 1);
    assert_int_equal(run(NULL), PROGRAM_WRONG_OPTION);
    unsetenv("BELFRY_NUMBER");
}

static void test_shown(void **state)
{
    (void)state;
    assert_int_equal(run("--help"), 0);
    assert_int_equal(run("--version"), 0);
}

static void test_wrong(void **state)
{
    (void)state;
    assert_int_equal(run("--nothing"), PROGRAM_WRONG_OPTION);
    assert_int_equal(run("--number=10"), PROGRAM_WRONG_OPTION);
    assert_int_equal(run("operand"), PROGRAM_WRONG_OPTION);
}

static void test_supervised(void **state)
{
    (void)state;
    setenv("BELFRY_SUPERVISED", "x", 1);
    assert_int_equal(run(NULL), PROGRAM_FAILED);
    setenv("BELFRY_SUPERVISED", "999999999", 1);
    assert_int_equal(run(NULL), PROGRAM_FAILED);
    unsetenv("BELFRY_SUPERVISED");
}

static void test_log(void **state)
{
    struct log log = program_log(LOG_WARN, LOG_JSON);

    (void)state;
    assert_int_equal(log.level, LOG_WARN);
    assert_int_equal(log.format, LOG_JSON);
    assert_int_equal(log.fd, STDERR_FILENO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_serve),      cmocka_unit_test(test_environment),
        cmocka_unit_test(test_shown),      cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_supervised), cmocka_unit_test(test_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
