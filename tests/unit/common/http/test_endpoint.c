/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/http/endpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_parse(void **state)
{
    static const char *const bad[] = {
        "",       ":",     "8080",  "host", ":8080", "a:",       "a:0",   "a:65536", "a:8x",
        "::1:80", "[]:80", "h:1:2", "a:-1", "a: 80", "a:000080", "[a:80", "a]:80"};
    char text[300];
    struct endpoint endpoint = {.port = 7};

    (void)state;
    assert_int_equal(endpoint_parse("127.0.0.1:8180", &endpoint), OK);
    assert_string_equal(endpoint.host, "127.0.0.1");
    assert_int_equal(endpoint.port, 8180);
    assert_int_equal(endpoint_parse("[::1]:65535", &endpoint), OK);
    assert_string_equal(endpoint.host, "::1");
    assert_int_equal(endpoint.port, 65535);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(endpoint_parse(bad[i], &endpoint), ERR_INVALID);
    memset(text, 'h', ENDPOINT_HOST_SIZE);
    memcpy(text + ENDPOINT_HOST_SIZE, ":80", 4);
    assert_int_equal(endpoint_parse(text, &endpoint), ERR_INVALID);
    assert_string_equal(endpoint.host, "::1"); /* unchanged on failure */
    assert_int_equal(endpoint.port, 65535);
}

static void test_parse_option(void **state)
{
    struct endpoint endpoint = {.host = "x"};
    char reason[ENDPOINT_REASON_SIZE] = "";

    (void)state;
    assert_int_equal(endpoint_parse_option("ops", "[::1]:80", &endpoint, reason), OK);
    assert_string_equal(endpoint.host, "::1");
    assert_int_equal(endpoint_parse_option("ops", "80", &endpoint, reason), ERR_INVALID);
    assert_non_null(strstr(reason, "--ops"));
    assert_int_equal(endpoint_parse_option("ops", "", &endpoint, reason), OK);
    assert_string_equal(endpoint.host, "");
}

static void test_loopback(void **state)
{
    static const char *const near[] = {"127.0.0.1:80", "127.9.9.9:1", "[::1]:80", "localhost:80",
                                       "[::ffff:127.0.0.1]:80"};
    static const char *const far[] = {"0.0.0.0:80",     "[::]:80",   "192.0.2.1:80", "*:80",
                                      "example.org:80", "127.0.0.1", "[::2]:80",     ""};

    (void)state;
    for (size_t i = 0; i < sizeof near / sizeof near[0]; i++)
        assert_true(endpoint_is_loopback(near[i]));
    for (size_t i = 0; i < sizeof far / sizeof far[0]; i++)
        assert_false(endpoint_is_loopback(far[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parse_option),
        cmocka_unit_test(test_loopback),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
