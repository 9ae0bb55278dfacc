/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/topic/subscriber_uuid.h"

#include <string.h>

#define TEXT_SIZE (SUBSCRIBER_UUID_TEXT_SIZE - 1)
#define VERSION_DRAWN 0x40  /* version 4: random */
#define VERSION_CUSTOM 0x80 /* version 8: custom */

static const struct slice prefix = SLICE_INIT("urn:uuid:");

/* These never change: a subscriber's UUID must be the same in all releases. */
static const struct hash_key keys[2] = {
    {{'b', 'e', 'l', 'f', 'r', 'y', ' ', 's', 'u', 'b', 's', 'c', 'r', 'i', 'b', '1'}},
    {{'b', 'e', 'l', 'f', 'r', 'y', ' ', 's', 'u', 'b', 's', 'c', 'r', 'i', 'b', '2'}},
};

static void put_u64(unsigned char *out, uint64_t number)
{
    for (unsigned i = 0; i < 8; i++)
        out[i] = (unsigned char)(number >> (56 - 8 * i));
}

static struct subscriber_uuid uuid(uint64_t high, uint64_t low, unsigned version)
{
    struct subscriber_uuid s;

    put_u64(s.bytes, high);
    put_u64(s.bytes + 8, low);
    s.bytes[6] = (unsigned char)((s.bytes[6] & 0x0fu) | version);
    s.bytes[8] = (unsigned char)((s.bytes[8] & 0x3fu) | 0x80u);
    return s;
}

static bool is_dash(size_t at)
{
    return at == 8 || at == 13 || at == 18 || at == 23;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

enum err subscriber_uuid_parse(struct slice text, struct subscriber_uuid *out)
{
    struct subscriber_uuid s = {{0}};
    size_t digits = 0;

    if (text.size != TEXT_SIZE || !slice_equal_nocase(slice_of(text.data, prefix.size), prefix))
        return ERR_INVALID;
    for (size_t i = 0; i < TEXT_SIZE - prefix.size; i++) {
        char c = text.data[prefix.size + i];
        int digit = digit_of(c);

        if (is_dash(i) ? c != '-' : digit < 0)
            return ERR_INVALID;
        if (is_dash(i))
            continue;
        s.bytes[digits / 2] = (unsigned char)(s.bytes[digits / 2] << 4 | digit);
        digits++;
    }
    *out = s;
    return OK;
}

struct slice subscriber_uuid_format(const struct subscriber_uuid *s,
                                    char out[SUBSCRIBER_UUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    char *to = out + prefix.size;

    memcpy(out, prefix.data, prefix.size);
    for (size_t i = 0; i < SUBSCRIBER_UUID_BYTES; i++) {
        if (is_dash((size_t)(to - out) - prefix.size))
            *to++ = '-';
        *to++ = digits[s->bytes[i] >> 4];
        *to++ = digits[s->bytes[i] & 0x0f];
    }
    *to = '\0';
    return slice_of(out, TEXT_SIZE);
}

struct subscriber_uuid subscriber_uuid_of(struct slice member)
{
    char text[SUBSCRIBER_UUID_TEXT_SIZE];
    struct subscriber_uuid s;

    if (subscriber_uuid_parse(member, &s) == OK &&
        slice_equal(subscriber_uuid_format(&s, text), member))
        return s;
    return uuid(hash_bytes(&keys[0], member), hash_bytes(&keys[1], member), VERSION_CUSTOM);
}

struct subscriber_uuid subscriber_uuid_random(const struct hash_key *key, uint64_t number)
{
    unsigned char seed[2][9];

    for (unsigned i = 0; i < 2; i++) {
        seed[i][0] = (unsigned char)i;
        put_u64(seed[i] + 1, number);
    }
    return uuid(hash_bytes(key, slice_of(seed[0], sizeof seed[0])),
                hash_bytes(key, slice_of(seed[1], sizeof seed[1])), VERSION_DRAWN);
}
