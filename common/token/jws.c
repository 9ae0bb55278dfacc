/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/token/jws.h"

#include <assert.h>

static const struct jws_alg_info algs[] = {
#define X(id, name, family, digest, hash_size, curve, group, coordinate)                           \
    [id] = {name, family, digest, hash_size, curve, group, coordinate},
    JWS_ALG_MAP(X)
#undef X
};

const struct jws_alg_info *jws_alg_info(enum jws_alg alg)
{
    assert(alg < JWS_ALG_ANY);
    return &algs[alg];
}

enum jws_alg jws_alg_find(struct slice name)
{
    unsigned i = 0;

    while (i < JWS_ALG_ANY && !slice_equal(name, slice_str(algs[i].name)))
        i++;
    return (enum jws_alg)i;
}

/* Cuts the text up to the next dot off. */
static bool cut(struct slice *rest, struct slice *out)
{
    const char *dot = rest->size == 0 ? NULL : memchr(rest->data, '.', rest->size);

    if (dot == NULL)
        return false;
    *out = slice_of(rest->data, (size_t)(dot - rest->data));
    rest->data += out->size + 1;
    rest->size -= out->size + 1;
    return true;
}

enum err jws_split(struct slice token, struct jws *out)
{
    struct slice rest = token;
    struct jws jws;

    if (!cut(&rest, &jws.header) || !cut(&rest, &jws.payload))
        return ERR_MALFORMED;
    if (jws.header.size == 0 || jws.payload.size == 0)
        return ERR_MALFORMED;
    if (rest.size > 0 && memchr(rest.data, '.', rest.size) != NULL)
        return ERR_MALFORMED;
    jws.signature = rest;
    jws.signed_part = slice_of(token.data, jws.header.size + 1 + jws.payload.size);
    *out = jws;
    return OK;
}
