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

enum err jws_split(struct slice token, struct jws *out)
{
    struct slice rest = token;
    struct jws jws;

    if (!slice_next(&rest, '.', &jws.header) || !slice_next(&rest, '.', &jws.payload) ||
        !slice_next(&rest, '.', &jws.signature) || rest.data != NULL)
        return ERR_MALFORMED;
    if (jws.header.size == 0 || jws.payload.size == 0)
        return ERR_MALFORMED;
    jws.signed_part = slice_of(token.data, jws.header.size + 1 + jws.payload.size);
    *out = jws;
    return OK;
}
