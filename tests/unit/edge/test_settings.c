/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_defaults(void **state)
{
    struct settings settings;
    struct edge_config edge;

    (void)state;
    options_defaults(settings_table(), &settings);
    assert_int_equal(settings.deadline_ms, 5000);
    assert_int_equal(settings.retry_ms, 2000);
    assert_int_equal(settings.listen_fd, 0);
    assert_string_equal(settings.listen, "");
    settings_edge(&settings, &edge);
    assert_int_equal(edge.tail_bytes, 64 << 20);
    assert_int_equal(edge.warm_records, 10000);
    assert_int_equal(edge.heartbeat_ms, 15000);
    assert_int_equal(edge.deadline_ms, 5000);
    assert_int_equal(edge.streams, 1000000);
    assert_int_equal(edge.stream_topics, 100);
    assert_int_equal(edge.record_bytes, 1 << 20);
}

static void test_arguments(void **state)
{
    char *argv[] = {(char[]){"belfry-edge"}, (char[]){"--tail-bytes=2MiB"}, (char[]){"--heartbeat"},
                    (char[]){"250ms"},       (char[]){"--reuse-port"},      NULL};
    char reason[OPTIONS_REASON_SIZE];
    struct settings settings;
    int operands;
    bool help;

    (void)state;
    options_defaults(settings_table(), &settings);
    assert_int_equal(
        options_arguments(settings_table(), &settings, 5, argv, &operands, &help, reason), OK);
    assert_int_equal(settings.tail_bytes, 2 << 20);
    assert_int_equal(settings.heartbeat_ms, 250);
    assert_true(settings.reuse_port);
}

static void refused(const char *name, const char *value)
{
    char reason[OPTIONS_REASON_SIZE] = "";
    struct settings settings;

    options_defaults(settings_table(), &settings);
    assert_int_not_equal(options_set(settings_table(), &settings, name, value, reason), OK);
    assert_non_null(strstr(reason, name));
}

static void test_refused(void **state)
{
    (void)state;
    refused("no-such-option", "1");
    refused("heartbeat", "0");
    refused("max-stream-topics", "0");
    refused("max-body", "1GiB");
    refused("listen-fd", "stdin");
    refused("jwt-algorithm", "none");
    refused("publish-rate", "1000000001");
}

static enum err check(const char *name, const char *value)
{
    char reason[OPTIONS_REASON_SIZE] = "";
    struct settings settings;
    struct networks proxies;
    enum err err;

    options_defaults(settings_table(), &settings);
    assert_int_equal(options_set(settings_table(), &settings, name, value, reason), OK);
    err = settings_check(&settings, &proxies, reason);
    if (err != OK)
        assert_non_null(strstr(reason, name));
    return err;
}

static void test_check(void **state)
{
    (void)state;
    assert_int_equal(check("cors-origins", ""), OK);
    assert_int_equal(check("cors-origins", "https://a.org, http://b.org:81,*"), OK);
    assert_int_equal(check("cors-origins", "a.org"), ERR_INVALID);
    assert_int_equal(check("publish-origins", "https://a.org"), OK);
    assert_int_equal(check("publish-origins", "*"), ERR_INVALID);
    assert_int_equal(check("trusted-proxy", "10.0.0.0/8,::1"), OK);
    assert_int_equal(check("trusted-proxy", "10.0.0.1/8"), ERR_INVALID);
}

static void test_algorithm(void **state)
{
    char reason[OPTIONS_REASON_SIZE];
    struct settings settings;

    (void)state;
    options_defaults(settings_table(), &settings);
    assert_int_equal(settings_algorithm(&settings), JWS_ALG_ANY);
    assert_string_equal(settings.cookie_name, "mercureAuthorization");
    assert_int_equal(options_set(settings_table(), &settings, "jwt-algorithm", "PS256", reason),
                     OK);
    assert_int_equal(settings_algorithm(&settings), JWS_PS256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),  cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_refused),   cmocka_unit_test(test_check),
        cmocka_unit_test(test_algorithm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
