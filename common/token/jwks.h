/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOKEN_JWKS_H
#define BELFRY_COMMON_TOKEN_JWKS_H

/* Reads a JWK Set, {"keys": [...]}, or a single JWK (RFC 7517). What it takes of a key:
 *
 *   kty   oct (k), RSA (n, e), EC (crv P-256, P-384 or P-521; x, y), OKP (crv Ed25519; x)
 *   alg   must be there, and fit kty and crv: it is what fixes the algorithm
 *   kid   if there is one, at most JWKS_KID_SIZE_MAX bytes
 *
 * Private members are left alone. A key that is not for verifying (`use` other than sig, `key_ops`
 * without verify), or of a kty, crv or alg that we don't know, is skipped; anything else that is
 * wrong with one makes the whole set wrong, so that it is noticed. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/token/jws_key.h"

#include <stddef.h>

#define JWKS_KID_SIZE_MAX 255
#define JWKS_REASON_SIZE (JWS_REASON_SIZE + 32)

struct jwks_reader {
    void *context;
    /* Called for each usable key in turn; the slices are valid until it returns. kid is absent or
     * not. What it returns but OK ends the reading; then `reason` is set. */
    enum err (*key)(void *context, const struct jwk *jwk, struct slice kid,
                    char reason[JWS_REASON_SIZE]);
};

/* ERR_MALFORMED (no JSON of the kind), ERR_INVALID (a key), or what the reader returned; `reason`
 * names the key. *out_skipped counts those that were skipped. */
MUST_CHECK enum err jwks_read(struct slice text, const struct jwks_reader *reader,
                              size_t *out_skipped, char reason[JWKS_REASON_SIZE]);

#endif
