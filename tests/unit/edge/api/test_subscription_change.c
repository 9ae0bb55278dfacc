/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/subscription_change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_all(void **state)
{
    struct subscription_change request;
    char reason[SUBSCRIPTION_CHANGE_REASON_SIZE];

    (void)state;
    assert_int_equal(
        subscription_change_read(SLICE("{\"add\":[\"a\",\"b\\u00e9/{x}\"],\"remove\":[\"*\"],"
                                       "\"token\":\"h.p.s\",\"other\":1}"),
                                 3, &request, reason),
        OK);
    assert_int_equal(request.add_count, 2);
    assert_int_equal(request.remove_count, 1);
    assert_true(slice_equal(request.selectors[0], SLICE("a")));
    assert_true(slice_equal(request.selectors[1], SLICE("b\xc3\xa9/{x}")));
    assert_true(slice_equal(request.selectors[2], SLICE("*")));
    assert_true(slice_equal(request.token, SLICE("h.p.s")));
    subscription_change_clear(&request);
    subscription_change_clear(&request);
    assert_int_equal(
        subscription_change_read(SLICE("{\"add\":null,\"token\":null}"), 3, &request, reason), OK);
    assert_int_equal(request.add_count + request.remove_count + request.token.size, 0);
    subscription_change_clear(&request);
}

static void refused(const char *text, enum err err, const char *words)
{
    struct subscription_change request;
    char reason[SUBSCRIPTION_CHANGE_REASON_SIZE];

    assert_int_equal(subscription_change_read(slice_str(text), 2, &request, reason), err);
    if (strstr(reason, words) == NULL)
        print_error("%s: %s\n", text, reason);
    assert_non_null(strstr(reason, words));
}

static void test_refusals(void **state)
{
    (void)state;
    refused("", ERR_INVALID, "JSON object");
    refused("[]", ERR_INVALID, "JSON object");
    refused("{\"add\":[],\"add\":[]}", ERR_INVALID, "JSON object");
    refused("{\"add\":\"a\"}", ERR_INVALID, "add: must be");
    refused("{\"remove\":{}}", ERR_INVALID, "remove: must be");
    refused("{\"remove\":[1]}", ERR_INVALID, "remove: must be");
    refused("{\"add\":[\"a\",\"\"]}", ERR_INVALID, "add: each must be");
    refused("{\"add\":[\"a\\n\"]}", ERR_INVALID, "add: each must be");
    refused("{\"add\":[\"a\",\"b\",\"c\"],\"remove\":[\"a\",\"b\"]}", ERR_TOO_MANY,
            "add: too many");
    refused("{\"token\":1}", ERR_INVALID, "token: must be");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all), cmocka_unit_test(test_refusals)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
