/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/wire/wire_precheck.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

/* Each message is a copy of its own, so the sanitizer finds reads beyond its end. */
static enum err scan(struct slice bytes, size_t max_elements)
{
    char *copy = malloc(bytes.size == 0 ? 1 : bytes.size);
    enum err err;

    assert_non_null(copy);
    if (bytes.size > 0)
        memcpy(copy, bytes.data, bytes.size);
    err = wire_precheck(slice_of(copy, bytes.size), max_elements);
    free(copy);
    return err;
}

static const struct slice sound[] = {
    SLICE_INIT("\x00"),
    SLICE_INIT("\x7f"),
    SLICE_INIT("\xff"),
    SLICE_INIT("\xe0"),
    SLICE_INIT("\xc0"),
    SLICE_INIT("\xc2"),
    SLICE_INIT("\xc3"),
    SLICE_INIT("\xcc\xff"),
    SLICE_INIT("\xcd\xff\xff"),
    SLICE_INIT("\xce\xff\xff\xff\xff"),
    SLICE_INIT("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
    SLICE_INIT("\xd0\x80"),
    SLICE_INIT("\xd1\x80\x00"),
    SLICE_INIT("\xd2\x80\x00\x00\x00"),
    SLICE_INIT("\xd3\x80\x00\x00\x00\x00\x00\x00\x00"),
    SLICE_INIT("\xa0"),
    SLICE_INIT("\xa3"
               "abc"),
    SLICE_INIT("\xd9\x03"
               "abc"),
    SLICE_INIT("\xda\x00\x03"
               "abc"),
    SLICE_INIT("\xdb\x00\x00\x00\x03"
               "abc"),
    SLICE_INIT("\xc4\x03"
               "abc"),
    SLICE_INIT("\xc5\x00\x03"
               "abc"),
    SLICE_INIT("\xc6\x00\x00\x00\x03"
               "abc"),
    SLICE_INIT("\x90"),
    SLICE_INIT("\x93\x01\x02\x03"),
    SLICE_INIT("\xdc\x00\x02\x01\x02"),
    SLICE_INIT("\xdd\x00\x00\x00\x02\x01\x02"),
    SLICE_INIT("\x92\x91\x91\x05\x90"),
    SLICE_INIT("\x93\x90\x90\x90"),
    SLICE_INIT("\x80"),
    SLICE_INIT("\x82\x01\x02\x03\x04"),
    SLICE_INIT("\xde\x00\x01\x01\x91\x02"),
    SLICE_INIT("\xdf\x00\x00\x00\x01\xa1"
               "a\xc3"),
    SLICE_INIT("\xca\x00\x00\x00\x00"),
    SLICE_INIT("\xcb\x00\x00\x00\x00\x00\x00\x00\x00"),
    SLICE_INIT("\xd4\x01\x00"),
    SLICE_INIT("\xd5\x01\x00\x00"),
    SLICE_INIT("\xd8\x01"
               "0123456789abcdef"),
    SLICE_INIT("\xc7\x03\x01"
               "abc"),
    SLICE_INIT("\xc8\x00\x03\x01"
               "abc"),
    SLICE_INIT("\xc9\x00\x00\x00\x03\x01"
               "abc"),
};

/* Complete, cut after each byte, and with an extra byte. */
static void valid_values_and_their_prefixes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sound / sizeof sound[0]; i++) {
        char more[32] = {0};

        assert_int_equal(scan(sound[i], 100), OK);
        for (size_t size = 0; size < sound[i].size; size++)
            assert_int_equal(scan(slice_of(sound[i].data, size), 100), ERR_MALFORMED);
        memcpy(more, sound[i].data, sound[i].size);
        assert_int_equal(scan(slice_of(more, sound[i].size + 1), 100), ERR_MALFORMED);
    }
}

/* 0xc1 is not used in any version of msgpack. */
static void an_unused_marker(void **state)
{
    char message[64] = {0};

    (void)state;
    message[0] = (char)0xc1;
    for (size_t size = 1; size <= sizeof message; size++)
        assert_int_equal(scan(slice_of(message, size), 100), ERR_MALFORMED);
    assert_int_equal(scan(SLICE("\x92\x01\xc1"), 100), ERR_MALFORMED);
}

static void nesting_is_limited(void **state)
{
    char message[100000];

    (void)state;
    assert_int_equal(scan(SLICE("\x91\x91\x91\x91\x05"), 100), OK);
    assert_int_equal(scan(SLICE("\x91\x91\x91\x91\x90"), 100),
                     OK); /* an empty array does not count */
    assert_int_equal(scan(SLICE("\x91\x91\x91\x91\x91\x05"), 100), ERR_MALFORMED);
    memset(message, 0x91, sizeof message);
    assert_int_equal(scan(slice_of(message, sizeof message), 1u << 20), ERR_MALFORMED);
}

static void counts_are_compared_with_the_bytes(void **state)
{
    (void)state;
    assert_int_equal(scan(SLICE("\xdd\xff\xff\xff\xff"), SIZE_MAX), ERR_MALFORMED);
    assert_int_equal(scan(SLICE("\xdd\xff\xff\xff\xff\x01"), 1u << 20), ERR_TOO_MANY);
    assert_int_equal(scan(SLICE("\xdc\xff\xff\x01"), SIZE_MAX), ERR_MALFORMED);
    assert_int_equal(scan(SLICE("\xdb\xff\xff\xff\xff\x01"), SIZE_MAX), ERR_MALFORMED);
    assert_int_equal(scan(SLICE("\xc6\xff\xff\xff\xff\x01"), SIZE_MAX), ERR_MALFORMED);
    assert_int_equal(scan(SLICE("\xc9\xff\xff\xff\xff\x01"), SIZE_MAX), ERR_MALFORMED);
    assert_int_equal(scan(SLICE("\xdf\xff\xff\xff\xff\x01"), SIZE_MAX), ERR_MALFORMED);
    assert_int_equal(scan(SLICE("\xdf\x80\x00\x00\x00\x01"), 1u << 20), ERR_TOO_MANY);
    assert_int_equal(scan(SLICE("\x9f\x01"), SIZE_MAX), ERR_MALFORMED);
    assert_int_equal(scan(SLICE("\x81\x01"), SIZE_MAX), ERR_MALFORMED);
}

static void elements_are_counted_over_all_arrays(void **state)
{
    const struct slice five = SLICE("\x93\x01\x92\x02\x03\x04");

    (void)state;
    assert_int_equal(scan(five, 5), OK);
    assert_int_equal(scan(five, 4), ERR_TOO_MANY);
    assert_int_equal(scan(five, 0), ERR_TOO_MANY);
    assert_int_equal(scan(SLICE("\x90"), 0), OK);
    assert_int_equal(scan(SLICE("\x82\x01\x02\x03\x04"), 4), OK); /* a pair counts as two */
    assert_int_equal(scan(SLICE("\x82\x01\x02\x03\x04"), 3), ERR_TOO_MANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_values_and_their_prefixes),
        cmocka_unit_test(an_unused_marker),
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(counts_are_compared_with_the_bytes),
        cmocka_unit_test(elements_are_counted_over_all_arrays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
