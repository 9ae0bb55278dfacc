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

static void expect_parsed(struct slice text, enum selector_kind kind, const char *name)
{
    struct selector parts;

    assert_int_equal(selector_parse(text, &parts), OK);
    assert_int_equal(parts.kind, kind);
    assert_true(slice_equal(parts.text, slice_str(name)));
    if (kind == SELECTOR_URLPATTERN)
        assert_true(slice_equal(parts.base, SLICE(BASE)));
}

static void test_parse(void **state)
{
    static const char *const bad[] = {"",          "\x01",   "\x02",          "\x02" BASE,
                                      "a\nb",      "\x01\n", PATTERN("a\tb"), "\x02\x02/a",
                                      PATTERN(""), "\x03x",  "\x01\xff"};
    char longer[2 + SELECTOR_BASE_MAX + 4] = "\x02";
    struct selector parts;

    (void)state;
    expect_parsed(SLICE("a"), SELECTOR_EXACT, "a");
    expect_parsed(SLICE("*"), SELECTOR_ALL, "*");
    expect_parsed(SLICE("a/{b}"), SELECTOR_TEMPLATE, "a/{b}");
    expect_parsed(SLICE("a/{b"), SELECTOR_EXACT, "a/{b");
    expect_parsed(SLICE("\x01"
                        "a/{b}"),
                  SELECTOR_EXACT, "a/{b}");
    expect_parsed(SLICE("\x01*"), SELECTOR_EXACT, "*");
    expect_parsed(SLICE(PATTERN("/a/:b")), SELECTOR_URLPATTERN, "/a/:b");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(selector_parse(slice_str(bad[i]), &parts), ERR_INVALID);
    memset(longer + 1, 'a', SELECTOR_BASE_MAX + 1);
    memcpy(longer + SELECTOR_BASE_MAX + 2, "\x02/", 3);
    assert_int_equal(selector_parse(slice_str(longer), &parts), ERR_TOO_LARGE);
}

static void expect_written(void (*write)(struct slice text, struct buf *out), const char *text,
                           const char *want)
{
    struct buf out;

    buf_init(&out, SELECTOR_SIZE_MAX);
    write(slice_str(text), &out);
    assert_true(buf_ok(&out));
    assert_true(slice_equal(buf_all(&out), slice_str(want)));
    buf_clear(&out);
}

static void write_pattern(struct slice pattern, struct buf *out)
{
    selector_write_urlpattern(SLICE(BASE), pattern, out);
}

/* The same meaning has the same bytes. */
static void test_write(void **state)
{
    (void)state;
    expect_written(selector_write_exact, "a", "a");
    expect_written(selector_write_exact, "a/{b", "a/{b");
    expect_written(selector_write_exact, "a/{b}",
                   "\x01"
                   "a/{b}");
    expect_written(selector_write_exact, "*", "*");
    expect_written(write_pattern, "*", "*");
    expect_written(write_pattern, "/a/:b", PATTERN("/a/:b"));
}

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
    assert_false(matches(PATTERN("/books/:id"), "http://[bad")); /* no URL matches nothing */
}

static void test_bad(void **state)
{
    struct matcher m;

    (void)state;
    assert_int_equal(matcher_compile(SLICE(PATTERN("/(\\d+)")), &m), ERR_INVALID);
    matcher_free(&m); /* as if it had never been */
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
        cmocka_unit_test(test_parse),     cmocka_unit_test(test_write),
        cmocka_unit_test(test_match),     cmocka_unit_test(test_bad),
        cmocka_unit_test(test_candidate), cmocka_unit_test(test_head),
    };

    return cmocka_run_group_tests_name("matcher", tests, NULL, NULL);
}
