/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/token/keyring.h"

#include <string.h>

void keyring_init(struct keyring *k)
{
    *k = (struct keyring){0};
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool has_pem(struct slice text)
{
    static const char begin[] = "-----BEGIN ";
    size_t size = sizeof begin - 1;

    for (size_t i = 0; i + size <= text.size; i++) {
        if (memcmp(text.data + i, begin, size) == 0)
            return true;
    }
    return false;
}

enum keyring_format keyring_format(struct slice text, struct slice *out)
{
    struct slice rest = text;

    while (rest.size > 0 && is_space(rest.data[0])) {
        rest.data++;
        rest.size--;
    }
    *out = rest;
    if (rest.size > 0 && rest.data[0] == '{')
        return KEYRING_JWKS;
    if (has_pem(rest))
        return KEYRING_PEM;
    if (text.size > 0 && text.data[text.size - 1] == '\n')
        text.size--;
    if (text.size > 0 && text.data[text.size - 1] == '\r')
        text.size--;
    *out = text;
    return KEYRING_SECRET;
}

bool keyring_fits(const struct keyring_key *key, enum jws_alg alg, bool has_kid, struct slice kid)
{
    if (key->alg != alg)
        return false;
    return !has_kid || !key->has_kid || slice_equal(kid, slice_of(key->kid, key->kid_size));
}
