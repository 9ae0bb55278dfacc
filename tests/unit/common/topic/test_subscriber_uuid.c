/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/topic/subscriber_uuid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_subscriber(const char *member, const char *expected)
{
    const struct subscriber_uuid s = subscriber_uuid_of(slice_str(member));
    char text[SUBSCRIBER_UUID_TEXT_SIZE];
    struct slice written = subscriber_uuid_format(&s, text);

    assert_string_equal(text, expected);
    assert_true(slice_equal(written, slice_str(expected)));
}

/* These never change: a stored UUID stays valid after an update. */
static void of_members(void **state)
{
    (void)state;
    assert_subscriber("ann", "urn:uuid:7128e433-0936-8edf-a2a9-a323f6dcd748");
    assert_subscriber("bob", "urn:uuid:b95ef556-150a-821b-b564-722a06213db8");
    assert_subscriber("", "urn:uuid:7d846352-fb8f-8854-a0f5-bea56851b787");
    assert_subscriber("urn:uuid:0188d9a0-0000-7000-8000-00000000000a",
                      "urn:uuid:0188d9a0-0000-7000-8000-00000000000a");
}

/* A member counts as a UUID only in the form that we write: two members never share one. */
static void of_members_like_uuids(void **state)
{
    static const char *const others[] = {
        "urn:uuid:0188D9A0-0000-7000-8000-00000000000A",
        "URN:UUID:0188d9a0-0000-7000-8000-00000000000a",
        "urn:uuid:0188d9a0-0000-7000-8000-00000000000",
        "urn:uuid:0188d9a0-0000-7000-8000-00000000000aa",
        "urn:uuid:0188d9a000000-7000-8000-00000000000a",
        "urn:uuid:0188d9a0-0000-7000-8000-00000000000g",
        "0188d9a0-0000-7000-8000-00000000000a",
    };

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        const struct subscriber_uuid s = subscriber_uuid_of(slice_str(others[i]));
        char text[SUBSCRIBER_UUID_TEXT_SIZE];

        (void)subscriber_uuid_format(&s, text);
        assert_int_equal(text[23], '8'); /* its version */
        assert_non_null(strchr("89ab", text[28]));
        assert_string_not_equal(text, others[i]);
    }
}

static void parsing(void **state)
{
    static const char *const bad[] = {
        "",
        "urn:uuid:",
        "urn:uuid:0188d9a0-0000-7000-8000-00000000000",
        "urn:uuid:0188d9a0-0000-7000-8000-00000000000aa",
        "urn:uuid:0188d9a0+0000-7000-8000-00000000000a",
        "urn:uuid:0188d9a0-0000-7000-8000-0000000-000a",
        "urn:uuid:0188d9a0-0000-7000-8000-00000000000/",
        "urn:uuie:0188d9a0-0000-7000-8000-00000000000a",
    };
    struct subscriber_uuid s;
    char text[SUBSCRIBER_UUID_TEXT_SIZE];

    (void)state;
    assert_int_equal(
        subscriber_uuid_parse(SLICE("Urn:UUID:FEDCBA98-7654-3210-0123-456789abcdef"), &s), OK);
    assert_memory_equal(s.bytes, "\xfe\xdc\xba\x98\x76\x54\x32\x10\x01\x23\x45\x67\x89\xab\xcd\xef",
                        16);
    (void)subscriber_uuid_format(&s, text);
    assert_string_equal(text, "urn:uuid:fedcba98-7654-3210-0123-456789abcdef");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(subscriber_uuid_parse(slice_str(bad[i]), &s), ERR_INVALID);
}

static void drawn(void **state)
{
    static const struct hash_key keys[] = {{{1}}, {{2}}};
    struct subscriber_uuid s[4] = {
        subscriber_uuid_random(&keys[0], 1), subscriber_uuid_random(&keys[0], 2),
        subscriber_uuid_random(&keys[1], 1), subscriber_uuid_random(&keys[0], 1)};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(s[i].bytes[6] >> 4, 4); /* the version */
        assert_int_equal(s[i].bytes[8] >> 6, 2); /* the variant */
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(s[i].bytes, s[k].bytes, 16);
    }
    assert_memory_equal(s[0].bytes, s[3].bytes, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_members),
        cmocka_unit_test(of_members_like_uuids),
        cmocka_unit_test(parsing),
        cmocka_unit_test(drawn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
