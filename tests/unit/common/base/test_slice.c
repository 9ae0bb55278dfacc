/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/base/slice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void constructors(void **state)
{
    static const struct slice fixed = SLICE_INIT("fixed");
    char bytes[] = "a\0b";
    struct slice s = slice_of(bytes, 3);

    (void)state;
    assert_ptr_equal(s.data, bytes);
    assert_int_equal(s.size, 3);
    assert_int_equal(SLICE("four").size, 4);
    assert_int_equal(SLICE("a\0b").size, 3);
    assert_int_equal(slice_str("a\0b").size, 1);
    assert_true(slice_equal(fixed, slice_str("fixed")));
    assert_true(slice_equal(s, SLICE("a\0b")));
}

static void equal(void **state)
{
    const struct slice absent = {0};

    (void)state;
    assert_true(slice_equal(SLICE("abc"), slice_of("abcd", 3)));
    assert_false(slice_equal(SLICE("abc"), SLICE("abcd")));
    assert_false(slice_equal(SLICE("abc"), SLICE("abd")));
    assert_false(slice_equal(SLICE("abc"), SLICE("ABC")));
    assert_true(slice_equal(absent, SLICE("")));
    assert_true(slice_equal(absent, absent));
    assert_false(slice_equal(absent, SLICE("a")));
}

static void starts(void **state)
{
    const struct slice absent = {0};

    (void)state;
    assert_true(slice_starts(SLICE("abc"), SLICE("ab")));
    assert_true(slice_starts(SLICE("abc"), SLICE("abc")));
    assert_true(slice_starts(SLICE("abc"), absent));
    assert_true(slice_starts(absent, absent));
    assert_false(slice_starts(SLICE("ab"), SLICE("abc")));
    assert_false(slice_starts(SLICE("abc"), SLICE("b")));
    assert_false(slice_starts(absent, SLICE("a")));
}

/* Only letters have a case, although '@' and '`', '[' and '{' differ in the same bit. */
static void equal_without_case(void **state)
{
    (void)state;
    assert_true(slice_equal_nocase(SLICE("Content-Type"), SLICE("cONTENT-tYPE")));
    assert_true(slice_equal_nocase(SLICE("AZaz"), SLICE("azAZ")));
    assert_false(slice_equal_nocase(SLICE("@["), SLICE("`{")));
    assert_false(slice_equal_nocase(SLICE("\xc9"), SLICE("\xe9")));
    assert_false(slice_equal_nocase(SLICE("abc"), SLICE("ab")));
    assert_false(slice_equal_nocase(SLICE("abc"), SLICE("abd")));
    assert_true(slice_equal_nocase((struct slice){0}, SLICE("")));
}

static void trim(void **state)
{
    (void)state;
    assert_true(slice_equal(slice_trim(SLICE(" \t a b\t ")), SLICE("a b")));
    assert_int_equal(slice_trim(SLICE(" \t ")).size, 0);
    assert_int_equal(slice_trim((struct slice){NULL, 0}).size, 0);
}

static void next_part(void **state)
{
    struct slice rest = SLICE("a,,b");
    struct slice none = {NULL, 0};
    struct slice part;

    (void)state;
    assert_true(slice_next(&rest, ',', &part) && slice_equal(part, SLICE("a")));
    assert_true(slice_next(&rest, ',', &part) && part.size == 0);
    assert_true(slice_next(&rest, ',', &part) && slice_equal(part, SLICE("b")));
    assert_false(slice_next(&rest, ',', &part));
    rest = SLICE(",");
    assert_true(slice_next(&rest, ',', &part) && part.size == 0);
    assert_true(slice_next(&rest, ',', &part) && part.size == 0);
    assert_false(slice_next(&rest, ',', &part));
    rest = SLICE("");
    assert_true(slice_next(&rest, ',', &part) && part.size == 0);
    assert_false(slice_next(&rest, ',', &part));
    assert_false(slice_next(&none, ',', &part));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constructors),       cmocka_unit_test(equal), cmocka_unit_test(starts),
        cmocka_unit_test(equal_without_case), cmocka_unit_test(trim),  cmocka_unit_test(next_part),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
