/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/wire/event_id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void epochs_are_made_of_random_bits(void **state)
{
    struct epoch a = epoch_make(0);
    struct epoch b = epoch_make(UINT64_MAX);
    struct epoch parsed;

    (void)state;
    assert_string_equal(a.text, "aaaaaa");
    assert_int_equal(strlen(b.text), 6);
    assert_false(epoch_equal(a, b));
    assert_true(epoch_equal(a, epoch_make(0)));
    assert_false(epoch_equal(epoch_make(1), epoch_make(2)));
    assert_int_equal(epoch_parse(epoch_slice(&b), &parsed), OK);
    assert_true(epoch_equal(parsed, b));
    assert_true(epoch_known(a));
    assert_false(epoch_known((struct epoch){{0}}));
}

static void epochs_are_checked(void **state)
{
    struct epoch epoch = epoch_make(7);
    struct epoch before = epoch;
    static const char *const bad[] = {"", "12345678", "A", "a-b", "a_", "a ", "\xc3\xa9", "z{"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(epoch_parse(slice_str(bad[i]), &epoch), ERR_INVALID);
    assert_int_equal(epoch_parse((struct slice){0}, &epoch), ERR_INVALID);
    assert_int_equal(epoch_parse(SLICE("a\0b"), &epoch), ERR_INVALID);
    assert_memory_equal(&epoch, &before, sizeof epoch); /* unchanged on failure */
    assert_int_equal(epoch_parse(SLICE("a"), &epoch), OK);
    assert_string_equal(epoch.text, "a");
    assert_int_equal(epoch_parse(SLICE("az09xyz"), &epoch), OK);
    assert_string_equal(epoch.text, "az09xyz");
}

static void round_trip(void **state)
{
    static const uint64_t offsets[] = {0, 1, 9, 10, 1843, UINT64_MAX - 1, UINT64_MAX};
    char text[EVENT_ID_SIZE];
    struct epoch epoch;
    struct epoch out;
    uint64_t offset;

    (void)state;
    assert_int_equal(epoch_parse(SLICE("k3f9x2"), &epoch), OK);
    assert_int_equal(event_id_format(epoch, 1843, text), 11);
    assert_string_equal(text, "k3f9x2-1843");
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        size_t size = event_id_format(epoch, offsets[i], text);

        assert_int_equal(size, strlen(text));
        assert_int_equal(event_id_parse(slice_of(text, size), &out, &offset), OK);
        assert_true(epoch_equal(out, epoch));
        assert_int_equal(offset, offsets[i]);
    }
    assert_int_equal(epoch_parse(SLICE("zzzzzzz"), &epoch), OK);
    assert_int_equal(event_id_format(epoch, UINT64_MAX, text), 28); /* the maximum */
}

static void invalid_ids_are_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "-",
                                      "a-",
                                      "-1",
                                      "a",
                                      "a1",
                                      "A-1",
                                      "a-01",
                                      "a-00",
                                      "a--1",
                                      "a-+1",
                                      "a- 1",
                                      "a-1 ",
                                      "a-1x",
                                      "a-0x1",
                                      "abcdefgh-1",
                                      "urn:uuid:-1",
                                      "a-1-2",
                                      "a-1/",
                                      "a-18446744073709551616",
                                      "a-1:",
                                      " a-1",
                                      "a-\xc2\xb2",
                                      "a-99999999999999999999",
                                      "a-184467440737095516150"};
    struct epoch epoch = epoch_make(3);
    uint64_t offset = 77;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(event_id_parse(slice_str(bad[i]), &epoch, &offset), ERR_INVALID);
    assert_int_equal(event_id_parse((struct slice){0}, &epoch, &offset), ERR_INVALID);
    assert_int_equal(event_id_parse(SLICE("a-1\0"), &epoch, &offset), ERR_INVALID);
    assert_int_equal(offset, 77);
    assert_true(epoch_equal(epoch, epoch_make(3)));
}

/* Each prefix of an id is valid from the first digit on, with the number read so far. */
static void byte_by_byte(void **state)
{
    const struct slice whole = SLICE("k3f9x2-1843");
    static const uint64_t numbers[] = {1, 18, 184, 1843};
    struct epoch epoch;
    uint64_t offset;

    (void)state;
    for (size_t size = 0; size <= whole.size; size++) {
        enum err err = event_id_parse(slice_of(whole.data, size), &epoch, &offset);

        assert_int_equal(err, size < 8 ? ERR_INVALID : OK);
        if (size >= 8)
            assert_int_equal(offset, numbers[size - 8]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(epochs_are_made_of_random_bits),
        cmocka_unit_test(epochs_are_checked),
        cmocka_unit_test(round_trip),
        cmocka_unit_test(invalid_ids_are_refused),
        cmocka_unit_test(byte_by_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
