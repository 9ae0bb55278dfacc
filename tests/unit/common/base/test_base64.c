/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void expect(const char *bytes, const char *text)
{
    struct buf out;

    buf_init(&out, 100);
    base64url_encode(&out, slice_str(bytes));
    assert_true(slice_equal(buf_all(&out), slice_str(text)));
    buf_reset(&out);
    assert_int_equal(base64url_decode(slice_str(text), &out), OK);
    assert_true(slice_equal(buf_all(&out), slice_str(bytes)));
    buf_clear(&out);
}

/* The test vectors of RFC 4648, section 10, without padding; the last one is ours. */
static void test_vectors(void **state)
{
    (void)state;
    expect("", "");
    expect("f", "Zg");
    expect("fo", "Zm8");
    expect("foo", "Zm9v");
    expect("foob", "Zm9vYg");
    expect("fooba", "Zm9vYmE");
    expect("foobar", "Zm9vYmFy");
    expect("\xfb\xff\xbf", "-_-_");
}

static void test_every_byte(void **state)
{
    char bytes[256];
    struct buf text;
    struct buf back;

    (void)state;
    for (int i = 0; i < 256; i++)
        bytes[i] = (char)i;
    for (size_t size = 0; size <= sizeof bytes; size++) {
        buf_init(&text, 400);
        buf_init(&back, 256);
        base64url_encode(&text, slice_of(bytes, size));
        assert_int_equal(text.size, (size * 4 + 2) / 3);
        assert_int_equal(base64url_decode(buf_all(&text), &back), OK);
        assert_true(slice_equal(buf_all(&back), slice_of(bytes, size)));
        buf_clear(&text);
        buf_clear(&back);
    }
}

static void refuse(const char *text)
{
    struct buf out;

    buf_init(&out, 100);
    assert_int_equal(base64url_decode(slice_str(text), &out), ERR_INVALID);
    assert_int_equal(out.size, 0);
    assert_true(buf_ok(&out));
    buf_clear(&out);
}

static void test_refused(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 100);
    refuse("Z");
    refuse("Zm9vY");
    refuse("Zg==");
    refuse("Zm9v\n");
    refuse(" Zm9v");
    refuse("Zm+v");
    refuse("Zm/v");
    refuse("Zm9\xc3");
    assert_int_equal(base64url_decode(slice_of("Zm9\0", 4), &out), ERR_INVALID);
    refuse("Zh");  /* stray bits: would be a second encoding of "f" */
    refuse("Zm9"); /* the same for "fo" */
    refuse("Zm9vYh");
    refuse("=");
    refuse("Zg=");
    refuse("Z===");
    refuse("Zm9vYg==");
    refuse("Zm 9v");
    buf_clear(&out);
}

/* Only the 64 characters of the alphabet are accepted, at each position. */
static void test_alphabet(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 100);
    for (size_t place = 0; place < 4; place++) {
        unsigned accepted = 0;

        for (int c = 0; c < 256; c++) {
            char text[4] = {'Z', 'm', '9', 'v'};

            text[place] = (char)c;
            buf_reset(&out);
            accepted += base64url_decode(slice_of(text, sizeof text), &out) == OK;
        }
        assert_int_equal(accepted, 64);
    }
    buf_clear(&out);
}

static void test_no_room(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 5);
    assert_int_equal(base64url_decode(SLICE("Zm9vYmFy"), &out), ERR_TOO_LARGE);
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors), cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_alphabet),
        cmocka_unit_test(test_no_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
