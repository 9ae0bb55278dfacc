/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Vectors of the SipHash paper: key 00 01 … 0f, messages 00, 00 01, … The paper reads the value as
 * a little-endian number. */
static void is_siphash_2_4(void **state)
{
    static const struct {
        size_t size;
        unsigned char hash[8];
    } vectors[] = {
        {0, {0x31, 0x0e, 0x0e, 0xdd, 0x47, 0xdb, 0x6f, 0x72}},
        {1, {0xfd, 0x67, 0xdc, 0x93, 0xc5, 0x39, 0xf8, 0x74}},
        {15, {0xe5, 0x45, 0xbe, 0x49, 0x61, 0xca, 0x29, 0xa1}},
    };
    unsigned char message[16];
    struct hash_key key;

    (void)state;
    for (unsigned char i = 0; i < 16; i++)
        key.bytes[i] = message[i] = i;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint64_t hash = hash_bytes(&key, slice_of(message, vectors[i].size));

        assert_memory_equal(&hash, vectors[i].hash, sizeof hash);
    }
}

static void depends_on_key_and_bytes(void **state)
{
    struct hash_key a = {{1}};
    struct hash_key b = {{2}};

    (void)state;
    assert_true(hash_bytes(&a, SLICE("chat")) == hash_bytes(&a, SLICE("chat")));
    assert_true(hash_bytes(&a, SLICE("chat")) != hash_bytes(&b, SLICE("chat")));
    assert_true(hash_bytes(&a, SLICE("chat")) != hash_bytes(&a, SLICE("chaT")));
    assert_true(hash_bytes(&a, (struct slice){0}) == hash_bytes(&a, SLICE("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_siphash_2_4),
        cmocka_unit_test(depends_on_key_and_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
