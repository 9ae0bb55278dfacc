/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/topic/selector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define BASE "https://example.org/.well-known/mercure"
#define PATTERN(text) "\x02" BASE "\x02" text

static void test_check(void **state)
{
    char text[TOPIC_SIZE_MAX + 1];

    (void)state;
    memset(text, 'a', sizeof text);
    assert_int_equal(selector_check(slice_of(text, TOPIC_SIZE_MAX)), OK);
    assert_int_equal(selector_check(slice_of(text, TOPIC_SIZE_MAX + 1)), ERR_TOO_LARGE);
    assert_int_equal(selector_check(SLICE("*")), OK);
    assert_int_equal(selector_check(SLICE("chat")), OK);
    assert_int_equal(selector_check(SLICE("")), ERR_INVALID);
    assert_int_equal(selector_check(SLICE("a\n")), ERR_INVALID);
    assert_int_equal(selector_check(SLICE("\x01"
                                          "a")),
                     ERR_INVALID);
}

static void test_all(void **state)
{
    (void)state;
    assert_true(selector_is_all(SLICE("*")));
    assert_false(selector_is_all(SLICE("**")));
    assert_false(selector_is_all(SLICE("a")));
    assert_false(selector_is_all((struct slice){0}));
}

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

/* Selectors with the same meaning have the same bytes. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_write),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
