/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/http/request.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void assert_slice(struct slice s, const char *text)
{
    assert_int_equal(s.size, strlen(text));
    assert_true(slice_equal(s, slice_str(text)));
}

static void test_methods(void **state)
{
    (void)state;
    assert_int_equal(method_parse(SLICE("GET")), METHOD_GET);
    assert_int_equal(method_parse(SLICE("HEAD")), METHOD_HEAD);
    assert_int_equal(method_parse(SLICE("POST")), METHOD_POST);
    assert_int_equal(method_parse(SLICE("OPTIONS")), METHOD_OPTIONS);
    assert_int_equal(method_parse(SLICE("DELETE")), METHOD_OTHER);
    assert_int_equal(method_parse(SLICE("get")), METHOD_OTHER);
}

static void expect_target(const char *text, const char *path, const char *query)
{
    struct target target;

    assert_int_equal(target_parse(slice_str(text), &target), OK);
    assert_slice(target.path, path);
    if (query == NULL)
        assert_null(target.query.data);
    else
        assert_slice(target.query, query);
}

static void test_targets(void **state)
{
    static const char *const bad[] = {"",   "a",           "?a=b",    "/a#b",
                                      "**", "ftp://host/", "host:80", "/?#"};
    struct target target;

    (void)state;
    expect_target("/", "/", NULL);
    expect_target("/subscribe?topic=a&topic=b", "/subscribe", "topic=a&topic=b");
    expect_target("/?", "/", "");
    expect_target("/a?b?c", "/a", "b?c");
    expect_target("http://host:80/a?b", "/a", "b");
    expect_target("HTTPS://host", "/", NULL);
    expect_target("http://host?q=/", "/", "q=/");
    expect_target("*", "*", NULL);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(target_parse(slice_str(bad[i]), &target), ERR_INVALID);
}

static void test_percent(void **state)
{
    static const char *const bad[] = {"%", "%4", "a%", "%4x", "%x4", "%%41", "ab%f"};
    struct buf out;

    (void)state;
    buf_init(&out, 100);
    assert_int_equal(percent_decode(SLICE("a%20b+c%C3%a9"), true, &out), OK);
    assert_slice(buf_all(&out), "a b c\xc3\xa9");
    buf_reset(&out);
    assert_int_equal(percent_decode(SLICE("a+b%2B"), false, &out), OK);
    assert_slice(buf_all(&out), "a+b+");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(percent_decode(slice_str(bad[i]), true, &out), ERR_INVALID);
    buf_clear(&out);
    assert_true(percent_plain(SLICE("a/b=c"), true));
    assert_true(percent_plain(SLICE("a+b"), false));
    assert_false(percent_plain(SLICE("a+b"), true));
    assert_false(percent_plain(SLICE("a%"), false));
    assert_true(percent_plain((struct slice){NULL, 0}, true));
}

static void test_form(void **state)
{
    struct form form;

    (void)state;
    assert_int_equal(form_parse(SLICE("topic=a&topic=b%26c&&empty=&flag&x=1=2&a%3Db=c+d&"), &form),
                     OK);
    assert_int_equal(form.count, 6);
    assert_slice(form.fields[0].name, "topic");
    assert_slice(form.fields[0].value, "a");
    assert_slice(form.fields[1].value, "b&c");
    assert_slice(form_find(&form, "topic"), "a");
    assert_slice(form_find(&form, "empty"), "");
    assert_non_null(form_find(&form, "empty").data);
    assert_slice(form_find(&form, "flag"), "");
    assert_slice(form_find(&form, "x"), "1=2");
    assert_slice(form_find(&form, "a=b"), "c d");
    assert_null(form_find(&form, "other").data);
    form_clear(&form);

    assert_int_equal(form_parse((struct slice){NULL, 0}, &form), OK);
    assert_int_equal(form.count, 0);
    form_clear(&form);
    assert_int_equal(form_parse(SLICE("a=%zz"), &form), ERR_INVALID);
    assert_int_equal(form_parse(SLICE("a=1&b%=2"), &form), ERR_INVALID);
}

/* Text without anything to decode is not copied. */
static void test_form_with_nothing_to_decode(void **state)
{
    const struct slice text = SLICE("topic=a&empty=&flag&=x");
    struct form form;

    (void)state;
    assert_int_equal(form_parse(text, &form), OK);
    assert_int_equal(form.count, 4);
    assert_slice(form_find(&form, "topic"), "a");
    assert_ptr_equal(form_find(&form, "topic").data, text.data + 6);
    assert_slice(form_find(&form, "empty"), "");
    assert_non_null(form_find(&form, "empty").data);
    assert_slice(form_find(&form, "flag"), "");
    assert_non_null(form_find(&form, "flag").data);
    assert_slice(form.fields[3].name, "");
    assert_slice(form.fields[3].value, "x");
    form_clear(&form);
}

static void test_form_limit(void **state)
{
    struct form form;
    struct buf text;

    (void)state;
    buf_init(&text, 10000);
    for (int i = 0; i < FORM_FIELDS_MAX; i++)
        buf_str(&text, i == 0 ? "a" : "&a");
    assert_int_equal(form_parse(buf_all(&text), &form), OK);
    assert_int_equal(form.count, FORM_FIELDS_MAX);
    form_clear(&form);
    buf_str(&text, "&a");
    assert_int_equal(form_parse(buf_all(&text), &form), ERR_TOO_MANY);
    buf_clear(&text);
}

static void test_numbers(void **state)
{
    uint64_t n = 7;

    (void)state;
    assert_int_equal(number_parse(SLICE("0"), 10, &n), OK);
    assert_int_equal(n, 0);
    assert_int_equal(number_parse(SLICE("0010"), 10, &n), OK);
    assert_int_equal(n, 10);
    assert_int_equal(number_parse(SLICE("18446744073709551615"), UINT64_MAX, &n), OK);
    assert_true(n == UINT64_MAX);
    assert_int_equal(number_parse(SLICE("18446744073709551616"), UINT64_MAX, &n), ERR_TOO_LARGE);
    assert_int_equal(number_parse(SLICE("11"), 10, &n), ERR_TOO_LARGE);
    assert_int_equal(number_parse(SLICE("5"), 3, &n), ERR_TOO_LARGE);
    assert_int_equal(number_parse(SLICE("3"), 3, &n), OK);
    assert_int_equal(number_parse(SLICE(""), 10, &n), ERR_INVALID);
    assert_int_equal(number_parse(SLICE("-1"), 10, &n), ERR_INVALID);
    assert_int_equal(number_parse(SLICE("1x"), 10, &n), ERR_INVALID);
}

static void test_header_values(void **state)
{
    (void)state;
    assert_true(media_type_is(SLICE("Application/JSON ; charset=utf-8"), "application/json"));
    assert_true(media_type_is(SLICE(" application/json"), "application/json"));
    assert_true(media_type_is(SLICE("application/json;"), "application/json"));
    assert_false(media_type_is(SLICE("application/jsonp"), "application/json"));
    assert_false(media_type_is(SLICE("application/json p"), "application/json"));
    assert_false(media_type_is(SLICE("application/jso"), "application/json"));
    assert_false(media_type_is((struct slice){NULL, 0}, "application/json"));
    assert_true(accepts(SLICE("br, gzip"), "gzip"));
    assert_true(accepts(SLICE("GZIP;q=0.5"), "gzip"));
    assert_false(accepts(SLICE("gzip;q=0, br"), "gzip"));
    assert_false(accepts(SLICE("gzip; q=0.000"), "gzip"));
    assert_false(accepts(SLICE("x-gzip"), "gzip"));
    assert_false(accepts((struct slice){NULL, 0}, "gzip"));
}

static void test_etags(void **state)
{
    const struct slice tag = SLICE("\"a;1.2\"");

    (void)state;
    assert_true(etag_matches(SLICE("\"a;1.2\""), tag));
    assert_true(etag_matches(SLICE("W/\"a;1.2\""), tag));
    assert_true(etag_matches(SLICE("\"x\",  \"a;1.2\""), tag));
    assert_true(etag_matches(SLICE("*"), tag));
    assert_false(etag_matches(SLICE("\"a;1.3\""), tag));
    assert_false(etag_matches(SLICE("a;1.2"), tag));
    assert_false(etag_matches(SLICE(""), tag));
    assert_false(etag_matches(SLICE(","), tag));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_percent),
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_form_with_nothing_to_decode),
        cmocka_unit_test(test_form_limit),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_header_values),
        cmocka_unit_test(test_etags),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
