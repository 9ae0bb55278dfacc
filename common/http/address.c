/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/http/address.h"

#include "common/base/number.h"

#include <stdio.h>
#include <string.h>

static const unsigned char v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool address_is_v4(const struct address *address)
{
    return memcmp(address->bytes, v4_prefix, sizeof v4_prefix) == 0;
}

bool address_is_loopback(const struct address *address)
{
    static const unsigned char v6[16] = {[15] = 1};

    return address_is_v4(address) ? address->bytes[12] == 127
                                  : memcmp(address->bytes, v6, sizeof v6) == 0;
}

bool address_equal(const struct address *a, const struct address *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* ---- parsing ------------------------------------------------------------------------------- */

/* Parses a decimal number of at most `max`, without leading zeros. */
static bool parse_number(struct slice text, unsigned max, unsigned *out_number)
{
    unsigned number = 0;

    if (text.size == 0 || text.size > 3 || (text.size > 1 && text.data[0] == '0'))
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        number = number * 10 + (unsigned)(text.data[i] - '0');
    }
    *out_number = number;
    return number <= max;
}

/* Returns the text before the first `c`. *out_rest is the text after it, or absent. */
static struct slice cut(struct slice text, char c, struct slice *out_rest)
{
    const char *at = text.size > 0 ? memchr(text.data, c, text.size) : NULL;

    if (at == NULL) {
        *out_rest = (struct slice){NULL, 0};
        return text;
    }
    *out_rest = slice_of(at + 1, text.size - (size_t)(at - text.data) - 1);
    return slice_of(text.data, (size_t)(at - text.data));
}

static bool parse_v4(struct slice text, unsigned char out[4])
{
    struct slice rest = text;

    for (int i = 0; i < 4; i++) {
        struct slice part = cut(rest, '.', &rest);
        unsigned number;

        if (!parse_number(part, 255, &number) || (rest.data == NULL) != (i == 3))
            return false;
        out[i] = (unsigned char)number;
    }
    return true;
}

static bool parse_group(struct slice text, unsigned char out[2])
{
    unsigned number = 0;

    if (text.size == 0 || text.size > 4)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        int digit = number_hex_digit(text.data[i]);

        if (digit < 0)
            return false;
        number = number * 16 + (unsigned)digit;
    }
    out[0] = (unsigned char)(number >> 8);
    out[1] = (unsigned char)number;
    return true;
}

/* Parses groups between colons; the last one may be an IPv4 address if `last` is true. Returns the
 * number of bytes, or -1. */
static int parse_groups(struct slice text, bool last, unsigned char out[16])
{
    struct slice rest = text;
    int size = 0;

    if (text.size == 0)
        return 0;
    while (rest.data != NULL) {
        struct slice group = cut(rest, ':', &rest);

        if (last && rest.data == NULL && size <= 12 && parse_v4(group, out + size)) {
            size += 4;
        } else {
            if (size > 14 || !parse_group(group, out + size))
                return -1;
            size += 2;
        }
    }
    return size;
}

static bool parse_v6(struct slice text, unsigned char out[16])
{
    unsigned char tail[16];
    struct slice left = text;
    struct slice right = {"", 0};
    bool gap = false;
    int left_size;
    int right_size;

    for (size_t i = 0; i + 1 < text.size && !gap; i++) {
        if (text.data[i] == ':' && text.data[i + 1] == ':') {
            gap = true;
            left = slice_of(text.data, i);
            right = slice_of(text.data + i + 2, text.size - i - 2);
        }
    }
    left_size = parse_groups(left, !gap, out);
    right_size = parse_groups(right, true, tail);
    if (left_size < 0 || right_size < 0)
        return false;
    if (gap ? left_size + right_size > 14 : left_size != 16)
        return false;
    memset(out + left_size, 0, (size_t)(16 - left_size));
    memcpy(out + 16 - right_size, tail, (size_t)right_size);
    return true;
}

enum err address_parse(struct slice text, struct address *out_address)
{
    struct address address;

    memcpy(address.bytes, v4_prefix, sizeof v4_prefix);
    if (text.size == 0 || text.size >= ADDRESS_TEXT_MAX)
        return ERR_INVALID;
    if (!parse_v4(text, address.bytes + 12) &&
        (memchr(text.data, ':', text.size) == NULL || !parse_v6(text, address.bytes)))
        return ERR_INVALID;
    *out_address = address;
    return OK;
}

/* ---- formatting ---------------------------------------------------------------------------- */

static unsigned group_of(const struct address *address, int i)
{
    return (unsigned)address->bytes[2 * i] << 8 | address->bytes[2 * i + 1];
}

/* Returns the first of the longest runs of at least two zero groups, or -1. */
static int longest_zeros(const struct address *address, int *out_length)
{
    int best = -1;

    *out_length = 1;
    for (int i = 0; i < 8; i++) {
        int length = 0;

        while (i + length < 8 && group_of(address, i + length) == 0)
            length++;
        if (length > *out_length) {
            best = i;
            *out_length = length;
        }
    }
    return best;
}

size_t address_format(const struct address *address, char out_text[ADDRESS_TEXT_MAX])
{
    const unsigned char *b = address->bytes;
    int length;
    int zeros = longest_zeros(address, &length);
    size_t at = 0;

    if (address_is_v4(address))
        return (size_t)snprintf(out_text, ADDRESS_TEXT_MAX, "%d.%d.%d.%d", b[12], b[13], b[14],
                                b[15]);
    for (int i = 0; i < 8; i++) {
        if (i == zeros) {
            at += (size_t)snprintf(out_text + at, ADDRESS_TEXT_MAX - at, "::");
            i += length - 1;
            continue;
        }
        at += (size_t)snprintf(out_text + at, ADDRESS_TEXT_MAX - at, "%s%x",
                               i > 0 && out_text[at - 1] != ':' ? ":" : "", group_of(address, i));
    }
    return at;
}

struct address address_client(const struct address *address)
{
    struct address client = *address;

    if (!address_is_v4(address))
        memset(client.bytes + 8, 0, 8);
    return client;
}

/* ---- networks ------------------------------------------------------------------------------ */

/* Sets the bits after the prefix to zero. */
static struct address masked(const struct address *address, unsigned prefix)
{
    struct address m = *address;

    for (unsigned i = prefix; i < 128; i++)
        m.bytes[i / 8] &= (unsigned char)~(0x80U >> (i % 8));
    return m;
}

static enum err parse_network(struct slice text, struct network *out_network)
{
    struct slice digits;
    struct slice host = cut(text, '/', &digits);
    struct network n = {.prefix = 128};
    struct address plain;
    enum err err = address_parse(host, &n.address);

    if (err != OK)
        return err;
    if (digits.data != NULL) {
        /* The prefix of a network written as IPv6, even ::ffff:0:0/96, is out of 128 bits. */
        bool dotted = memchr(host.data, ':', host.size) == NULL;

        if (!parse_number(digits, dotted ? 32 : 128, &n.prefix))
            return ERR_INVALID;
        if (dotted)
            n.prefix += 96;
    }
    plain = masked(&n.address, n.prefix);
    if (!address_equal(&plain, &n.address))
        return ERR_INVALID;
    *out_network = n;
    return OK;
}

enum err networks_parse(struct slice text, struct networks *out_networks)
{
    struct networks list = {.count = 0};
    struct slice rest = slice_trim(text);

    while (rest.size > 0) {
        struct network network;
        struct slice part = slice_trim(cut(rest, ',', &rest));
        bool more = rest.data != NULL;
        enum err err = parse_network(part, &network);

        rest = slice_trim(rest);
        if (err != OK || (more && rest.size == 0))
            return ERR_INVALID;
        if (list.count == NETWORKS_MAX)
            return ERR_TOO_MANY;
        list.all[list.count++] = network;
    }
    *out_networks = list;
    return OK;
}

bool networks_have(const struct networks *networks, const struct address *address)
{
    for (size_t i = 0; i < networks->count; i++) {
        struct address m = masked(address, networks->all[i].prefix);

        if (address_equal(&m, &networks->all[i].address))
            return true;
    }
    return false;
}

/* ---- proxies ------------------------------------------------------------------------------- */

/* Parses an entry of X-Forwarded-For: an address, optionally with a port. */
static enum err parse_hop(struct slice text, struct address *out_address)
{
    struct slice rest;

    if (text.size > 0 && text.data[0] == '[') {
        struct slice inner = cut(slice_of(text.data + 1, text.size - 1), ']', &rest);

        if (rest.data == NULL || (rest.size > 0 && rest.data[0] != ':'))
            return ERR_INVALID;
        return address_parse(inner, out_address);
    }
    if (address_parse(text, out_address) == OK)
        return OK;
    text = cut(text, ':', &rest);
    if (rest.data == NULL || memchr(rest.data, ':', rest.size) != NULL)
        return ERR_INVALID;
    return address_parse(text, out_address);
}

struct address forwarded_client(struct slice forwarded_for, const struct address *peer,
                                const struct networks *trusted)
{
    struct address client = *peer;
    size_t end = forwarded_for.size;

    while (end > 0 && networks_have(trusted, &client)) {
        size_t start = end;
        struct address before;

        while (start > 0 && forwarded_for.data[start - 1] != ',')
            start--;
        if (parse_hop(slice_trim(slice_of(forwarded_for.data + start, end - start)), &before) != OK)
            break;
        client = before;
        end = start > 0 ? start - 1 : 0;
    }
    return client;
}
