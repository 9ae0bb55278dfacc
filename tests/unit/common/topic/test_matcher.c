/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/topic/matcher.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BASE "https://example.org/.well-known/mercure"
#define PATTERN(text) "\x02" BASE "\x02" text

static bool matches(const char *selector, const char *topic)
{
    struct candidate *candidate = &(struct candidate){.base_size = 0};
    uint64_t steps = 0;
    struct matcher m;
    bool found;

    assert_int_equal(matcher_compile(slice_str(selector), &m), OK);
    candidate_set(candidate, slice_str(topic));
    found = matcher_matches(&m, candidate, &steps);
    matcher_free(&m);
    matcher_free(&m);
    return found;
}

static void test_match(void **state)
{
    (void)state;
    assert_true(matches("a", "a"));
    assert_false(matches("a", "b"));
    assert_true(matches("*", "b"));
    assert_false(matches("\x01*", "b"));
    assert_true(matches("a/{b}", "a/1"));
    assert_true(matches("a/{b}", "a/{b}"));
    assert_false(matches("\x01"
                         "a/{b}",
                         "a/1"));
    assert_true(matches("\x01"
                        "a/{b}",
                        "a/{b}"));
    assert_true(matches(PATTERN("/books/:id"), "/books/1"));
    assert_true(matches(PATTERN("/books/:id"), BASE "/../../books/1"));
    assert_false(matches(PATTERN("/books/:id"), "/books/1/2"));
    assert_false(matches(PATTERN("/books/:id"), "http://example.org/books/1"));
    assert_false(matches(PATTERN("/books/:id"), "urn:books:1"));
    assert_true(matches(PATTERN("https://*.com/books/*"), "https://example.com/books/1/2"));
    assert_false(matches(PATTERN("/books/:id"), "http://[bad")); /* not a URL: matches nothing */
}

static void test_bad(void **state)
{
    struct matcher m;

    (void)state;
    assert_int_equal(matcher_compile(SLICE(PATTERN("/(\\d+)")), &m), ERR_INVALID);
    matcher_free(&m); /* nothing to free */
    assert_int_equal(matcher_compile(SLICE("\x02"
                                           "no url\x02/a"),
                                     &m),
                     ERR_INVALID);
    assert_int_equal(matcher_compile(SLICE("\x02"), &m), ERR_INVALID);
}

/* One candidate, many matchers with two bases. */
static void test_candidate(void **state)
{
    static const char *const selectors[] = {
        "\x02http://a.org/x\x02/r/:id", "\x02http://b.org/x\x02/r/:id", "\x02http://a.org/x\x02/*"};
    struct candidate *candidate = &(struct candidate){.base_size = 0};
    struct matcher m[3];
    uint64_t steps = 0;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(matcher_compile(slice_str(selectors[i]), &m[i]), OK);
    for (size_t round = 0; round < 2; round++) {
        candidate_set(candidate, SLICE("http://b.org/r/1"));
        assert_false(matcher_matches(&m[0], candidate, &steps));
        assert_true(matcher_matches(&m[1], candidate, &steps));
        assert_false(matcher_matches(&m[2], candidate, &steps));
        candidate_set(candidate, SLICE("/r/1")); /* relative: each has its own host */
        assert_true(matcher_matches(&m[0], candidate, &steps));
        assert_true(matcher_matches(&m[2], candidate, &steps));
        assert_true(matcher_matches(&m[1], candidate, &steps));
    }
    assert_true(steps > 0);
    for (size_t i = 0; i < 3; i++)
        matcher_free(&m[i]);
}

static void test_head(void **state)
{
    struct matcher m;

    (void)state;
    assert_int_equal(matcher_compile(SLICE("room/{id}"), &m), OK);
    assert_true(slice_equal(matcher_head(&m), SLICE("room/")));
    matcher_free(&m);
    assert_int_equal(matcher_compile(SLICE(PATTERN("/a")), &m), OK);
    assert_int_equal(matcher_head(&m).size, 0);
    matcher_free(&m);
    assert_int_equal(matcher_compile(SLICE("room"), &m), OK);
    assert_true(slice_equal(matcher_head(&m), SLICE("room")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_candidate),
        cmocka_unit_test(test_head),
    };

    return cmocka_run_group_tests_name("matcher", tests, NULL, NULL);
}
