/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/up/up_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct up_options defaults(void)
{
    struct up_options o;

    options_defaults(&up_option_table, &o);
    return o;
}

static void assert_arguments(const struct up_command *c, const char *const *wanted)
{
    size_t count = 0;

    for (; wanted[count] != NULL; count++) {
        assert_non_null(c->argv[count]);
        assert_string_equal(c->argv[count], wanted[count]);
    }
    assert_int_equal(c->count, count);
    assert_null(c->argv[count]);
}

static void test_defaults(void **state)
{
    struct up_options o = defaults();
    char reason[OPTIONS_REASON_SIZE];

    (void)state;
    assert_int_equal(o.port, 8080);
    assert_int_equal(o.edges, 2);
    assert_string_equal(o.host, "127.0.0.1");
    assert_string_equal(o.data, "./belfry-data");
    assert_int_equal(up_options_check(&o, reason), OK);
}

static void test_ports_within_range(void **state)
{
    struct up_options o = defaults();
    char reason[OPTIONS_REASON_SIZE] = "";

    (void)state;
    o.port = 65535 - UP_OPS_PORTS - 2;
    assert_int_equal(up_options_check(&o, reason), OK);
    o.port++;
    assert_int_equal(up_options_check(&o, reason), ERR_INVALID);
    assert_non_null(strstr(reason, "65536"));
}

static void test_empty_names(void **state)
{
    struct up_options o = defaults();
    char reason[OPTIONS_REASON_SIZE];

    (void)state;
    o.host = "";
    assert_int_equal(up_options_check(&o, reason), ERR_INVALID);
    o = defaults();
    o.data = "";
    assert_int_equal(up_options_check(&o, reason), ERR_INVALID);
}

static void test_broker(void **state)
{
    struct up_options o = defaults();
    struct up_command c;

    (void)state;
    assert_int_equal(up_command_broker(&o, "/opt/bin", "/var/d", &c), OK);
    assert_arguments(&c,
                     (const char *const[]){"/opt/bin/belfry-broker", "--data", "/var/d", "--bind",
                                           "ipc:///var/d/run", "--ops", "127.0.0.1:8180",
                                           "--durability=full", "--log-level=info", NULL});
    up_command_clear(&c);
}

static void test_edge(void **state)
{
    struct up_options o = defaults();
    struct up_command c;

    (void)state;
    assert_int_equal(up_command_edge(&o, "/opt/bin", "/var/d", 2, &c), OK);
    assert_arguments(&c, (const char *const[]){
                             "/opt/bin/belfry-edge", "--broker", "ipc:///var/d/run", "--name",
                             "edge-2", "--listen", "127.0.0.1:8082", "--listen-fd=3", "--ops",
                             "127.0.0.1:8182", "--drain-window=300ms", "--log-level=info", NULL});
    up_command_clear(&c);
}

static void test_options_handed_on(void **state)
{
    char reason[OPTIONS_REASON_SIZE];
    struct up_options o = defaults();
    struct up_command c;

    (void)state;
    assert_int_equal(options_set(&up_option_table, &o, "durability", "memory", reason), OK);
    assert_int_equal(options_set(&up_option_table, &o, "log-level", "debug", reason), OK);
    o.broker_option = "a=1,b=2";
    o.edge_option = "c=3,";
    assert_int_equal(up_command_broker(&o, "/b", "/d", &c), OK);
    assert_int_equal(c.count, 11);
    assert_string_equal(c.argv[7], "--durability=memory");
    assert_string_equal(c.argv[8], "--log-level=debug");
    assert_string_equal(c.argv[9], "--a=1");
    assert_string_equal(c.argv[10], "--b=2");
    up_command_clear(&c);
    assert_int_equal(up_command_edge(&o, "/b", "/d", 1, &c), OK);
    assert_string_equal(c.argv[c.count - 2], "--log-level=debug");
    assert_string_equal(c.argv[c.count - 1], "--c=3");
    up_command_clear(&c);
}

static void test_bad_options_handed_on(void **state)
{
    static const char *const bad[] = {"=1", ",", "a=1,,b=2", "--a=1"};
    char reason[OPTIONS_REASON_SIZE];
    struct up_options o = defaults();
    struct up_command c;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        o.edge_option = bad[i];
        assert_int_equal(up_command_edge(&o, "/b", "/d", 1, &c), ERR_INVALID);
        assert_int_equal(c.count, 0);
        assert_null(c.argv[0]);
        assert_int_equal(up_options_check(&o, reason), ERR_INVALID);
        assert_non_null(strstr(reason, "--edge-option: "));
        assert_non_null(strstr(reason, "NAME=VALUE,NAME=VALUE"));
    }
}

static void test_edge_option(void **state)
{
    struct up_options o = defaults();

    (void)state;
    assert_false(up_edge_option(&o, "jwt-key"));
    o.edge_option = "a=1,jwt-key-file=/k,no-allow-anonymous,x";
    assert_true(up_edge_option(&o, "jwt-key-file"));
    assert_true(up_edge_option(&o, "x"));
    assert_false(up_edge_option(&o, "jwt-key"));
    assert_false(up_edge_option(&o, "allow-anonymous"));
}

static void test_too_many_options(void **state)
{
    struct up_options o = defaults();
    struct up_command c;
    char reason[OPTIONS_REASON_SIZE];
    char list[2 * UP_ARGUMENTS_MAX + 1];

    (void)state;
    for (size_t i = 0; i < UP_ARGUMENTS_MAX; i++)
        memcpy(list + 2 * i, "a,", 2);
    list[sizeof(list) - 1] = '\0';
    o.edge_option = list;
    assert_int_equal(up_command_edge(&o, "/b", "/d", 1, &c), ERR_TOO_MANY);
    assert_int_equal(c.count, 0);
    assert_int_equal(up_options_check(&o, reason), ERR_INVALID);
    assert_string_equal(reason, "--edge-option: too many options");
}

static void assert_address(const char *host, const char *wanted)
{
    struct buf out;

    buf_init(&out, 100);
    up_address(&out, host, 8080);
    buf_char(&out, '\0');
    assert_string_equal(out.data, wanted);
    buf_clear(&out);
}

static void test_address(void **state)
{
    (void)state;
    assert_address("127.0.0.1", "127.0.0.1:8080");
    assert_address("::1", "[::1]:8080");
}

static void test_backoff(void **state)
{
    static const uint64_t wanted[] = {100, 200, 400, 800, 1600, 3200, 5000, 5000};
    uint64_t wait = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        wait = up_backoff(wait, 50);
        assert_int_equal(wait, wanted[i]);
    }
    assert_int_equal(up_backoff(5000, UP_BACKOFF_FORGET_MS - 1), 5000);
    assert_int_equal(up_backoff(5000, UP_BACKOFF_FORGET_MS), 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_ports_within_range),
        cmocka_unit_test(test_empty_names),
        cmocka_unit_test(test_broker),
        cmocka_unit_test(test_edge),
        cmocka_unit_test(test_options_handed_on),
        cmocka_unit_test(test_bad_options_handed_on),
        cmocka_unit_test(test_edge_option),
        cmocka_unit_test(test_too_many_options),
        cmocka_unit_test(test_address),
        cmocka_unit_test(test_backoff),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
