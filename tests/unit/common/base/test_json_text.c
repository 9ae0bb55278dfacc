/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/base/json_text.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void assert_slice(struct slice s, const char *text)
{
    assert_int_equal(s.size, strlen(text));
    assert_true(slice_equal(s, slice_str(text)));
}

static void expect_member(const char *object, const char *name, const char *text)
{
    struct buf out;

    buf_init(&out, 200);
    assert_int_equal(json_text_member(slice_str(object), name, &out), text != NULL);
    assert_slice(buf_all(&out), text == NULL ? "" : text);
    buf_clear(&out);
}

static void test_member_text(void **state)
{
    const char *object =
        " { \"x\" : [ \"data\" , { \"data\" : 1 } ] , \"q\\\"\" : \"}\\\\\" ,\n"
        " \"data\" : { \"n\" : [ 1 , 2.50 , 1e999 ] , \"s\" : \"a b, c\" } , \"z\":0 }";

    (void)state;
    expect_member(object, "data", "{\"n\":[1,2.50,1e999],\"s\":\"a b, c\"}");
    expect_member(object, "x", "[\"data\",{\"data\":1}]");
    expect_member(object, "z", "0");
    expect_member(object, "none", NULL);
    expect_member("{}", "data", NULL);
    expect_member("{\"data\":true}", "data", "true");
    /* Not JSON: the result does not matter, but nothing is read beyond the end. */
    expect_member("", "data", NULL);
    expect_member("{\"", "data", NULL);
    expect_member("{\"data", "data", NULL);
    expect_member("{\"data\"", "data", "");
    expect_member("{\"data\":\"\\", "data", "\"\\");
}

static void test_too_deep(void **state)
{
    (void)state;
    assert_false(json_text_too_deep(SLICE(""), 0));
    assert_true(json_text_too_deep(SLICE("[]"), 0));
    assert_false(json_text_too_deep(SLICE("[{},[],{\"a\":[]}]"), 3));
    assert_true(json_text_too_deep(SLICE("[{},[],{\"a\":[]}]"), 2));
    assert_false(json_text_too_deep(SLICE("[\"[[[\",\"\\\"[[[\"]"), 1));
    assert_false(json_text_too_deep(SLICE("]]]]["), 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_member_text),
        cmocka_unit_test(test_too_deep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
