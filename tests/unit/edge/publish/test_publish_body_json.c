/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/publish/publish_body.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct form no_query;

static void assert_slice(struct slice s, const char *text)
{
    assert_int_equal(s.size, strlen(text));
    assert_true(slice_equal(s, slice_str(text)));
}

static void test_object(void **state)
{
    struct publish_body p;

    (void)state;
    publish_body_init(&p, &no_query, SLICE("chat"));
    assert_int_equal(publish_body_json(&p,
                                       SLICE("{\"topic\":[\"a\",\"b\\u00e9\"],\"data\":\"l1\\nl2\","
                                             "\"type\":\"t\",\"id\":\"i\",\"retry\":1500,"
                                             "\"private\":true,\"ephemeral\":false,\"user\":{}}"),
                                       100),
                     OK);
    assert_int_equal(p.record.topic_count, 2);
    assert_slice(p.record.topics[0], "a");
    assert_slice(p.record.topics[1], "b\xc3\xa9");
    assert_slice(p.record.data, "l1\nl2");
    assert_slice(p.record.type, "t");
    assert_slice(p.record.id, "i");
    assert_int_equal(p.record.retry_ms, 1500);
    assert_int_equal(p.record.flags, RECORD_PRIVATE);
    publish_body_clear(&p);
}

static void test_fields_of_the_log(void **state)
{
    struct publish_body p;

    (void)state;
    publish_body_init(&p, &no_query, SLICE("chat"));
    assert_int_equal(
        publish_body_json(
            &p, SLICE("{\"data\":1,\"ttl\":60,\"if_last\":\"k3f9x2-7\",\"private\":null}"), 100),
        OK);
    assert_int_equal(p.record.ttl_ms, 60000);
    assert_int_equal(p.record.flags, RECORD_IF_LAST);
    assert_int_equal(p.record.if_last, 7);
    publish_body_clear(&p);
    publish_body_init(&p, &no_query, SLICE("chat"));
    assert_int_equal(
        publish_body_json(&p, SLICE("{\"data\":1,\"if_last\":\"\",\"ttl\":null}"), 100), OK);
    assert_int_equal(p.record.flags, RECORD_IF_LAST);
    assert_false(epoch_known(p.if_epoch));
    publish_body_clear(&p);
    publish_body_init(&p, &no_query, SLICE("chat"));
    assert_int_equal(
        publish_body_json(&p, SLICE("{\"data\":1,\"ephemeral\":true,\"if_last\":null}"), 100), OK);
    assert_int_equal(p.record.flags, RECORD_EPHEMERAL);
    publish_body_clear(&p);
}

static void expect_data(const char *text, const char *data)
{
    struct publish_body p;
    enum err err;

    publish_body_init(&p, &no_query, SLICE("chat"));
    err = publish_body_json(&p, slice_str(text), 1000);
    if (err != OK)
        print_error("%s: %s\n", text, p.reason);
    assert_int_equal(err, OK);
    assert_slice(p.record.data, data);
    assert_slice(p.record.topics[0], "chat");
    publish_body_clear(&p);
}

/* Any value is published as it was written, but without white space. */
static void test_values(void **state)
{
    (void)state;
    expect_data("{\"data\": { \"x\" : 0.1, \"y\": [ 1, 2.50 ], \"s\": \"a b\" } }",
                "{\"x\":0.1,\"y\":[1,2.50],\"s\":\"a b\"}");
    expect_data("{\"data\":12345678901234567890123}", "12345678901234567890123");
    expect_data("{\"data\":null}", "null");
    expect_data("{\"data\":true}", "true");
    expect_data("{\"data\":[]}", "[]");
    expect_data("{\"data\":\"\"}", "");
    expect_data("{\"message\":\"hi\",\"user\":\"x\"}", "hi");
    expect_data("{\"message\":{\"a\": 1}}", "{\"a\":1}");
    expect_data("{\"x\":{\"data\":1},\"data\":2}", "2");
    expect_data("\t{\"d\\u0061ta\":\"escaped name\"}\r", "escaped name");
    expect_data("{\"topic\":null,\"id\":null,\"type\":null,\"retry\":\"7\",\"private\":null,"
                "\"data\":\"x\"}",
                "x");
}

static void test_nul_in_data(void **state)
{
    struct publish_body p;

    (void)state;
    publish_body_init(&p, &no_query, SLICE("chat"));
    assert_int_equal(publish_body_json(&p, SLICE("{\"data\":\"a\\u0000b\"}"), 100), OK);
    assert_int_equal(p.record.data.size, 3);
    publish_body_clear(&p);
}

static void refused(const char *text, enum err err, const char *reason)
{
    struct publish_body p;

    publish_body_init(&p, &no_query, SLICE("chat"));
    assert_int_equal(publish_body_json(&p, slice_str(text), 10), err);
    if (strstr(p.reason, reason) == NULL)
        print_error("%s: %s\n", text, p.reason);
    assert_non_null(strstr(p.reason, reason));
    publish_body_clear(&p);
}

static void test_refusals(void **state)
{
    (void)state;
    refused("", ERR_INVALID, "not JSON");
    refused("{", ERR_INVALID, "not JSON");
    refused("{} {}", ERR_INVALID, "not JSON");
    refused("{\"data\":\"\xff\"}", ERR_INVALID, "not JSON");
    refused("{\"data\":1,\"data\":2}", ERR_INVALID, "not JSON");
    refused("{\"data\":\"\\ud800\"}", ERR_INVALID, "not JSON");
    refused("[]", ERR_INVALID, "must be an object");
    refused("{}", ERR_INVALID, "data: missing");
    refused("{\"data\":1,\"topic\":[]}", ERR_INVALID, "topic: must be a string or an array");
    refused("{\"data\":1,\"topic\":[1]}", ERR_INVALID, "topic: must be a string or an array");
    refused("{\"data\":1,\"topic\":{}}", ERR_INVALID, "topic: must be a string or an array");
    refused("{\"data\":1,\"topic\":\"*\"}", ERR_INVALID, "topic: must be");
    refused("{\"data\":1,\"topic\":\"a\\u0000\"}", ERR_INVALID, "topic: must be");
    refused("{\"data\":1,\"id\":1}", ERR_INVALID, "id: must be a string");
    refused("{\"data\":1,\"type\":[]}", ERR_INVALID, "type: must be a string");
    refused("{\"data\":1,\"retry\":1.5}", ERR_INVALID, "retry: must be");
    refused("{\"data\":1,\"retry\":-1}", ERR_INVALID, "retry: must be");
    refused("{\"data\":1,\"retry\":true}", ERR_INVALID, "retry: must be");
    refused("{\"data\":1,\"private\":1}", ERR_INVALID, "private: must be");
    refused("{\"data\":1,\"ephemeral\":1}", ERR_INVALID, "ephemeral");
    refused("{\"data\":1,\"ephemeral\":true,\"ttl\":3}", ERR_INVALID, "ttl");
    refused("{\"data\":1,\"ttl\":3.5}", ERR_INVALID, "ttl");
    refused("{\"data\":1,\"ttl\":-1}", ERR_INVALID, "ttl");
    refused("{\"data\":1,\"ttl\":1e300}", ERR_INVALID, "ttl");
    refused("{\"data\":1,\"if_last\":3}", ERR_INVALID, "if_last");
    refused("{\"data\":1,\"if_last\":\"3\"}", ERR_INVALID, "if_last");
    refused("{\"data\":\"12345678901\"}", ERR_TOO_LARGE, "data: larger than 10 bytes");
    refused("{\"d\\u0061ta\":7}", ERR_INVALID, "without escapes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_object),   cmocka_unit_test(test_fields_of_the_log),
        cmocka_unit_test(test_values),   cmocka_unit_test(test_nul_in_data),
        cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
