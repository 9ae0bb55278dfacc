/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOKEN_JWKS_H
#define BELFRY_COMMON_TOKEN_JWKS_H

/* Reads a JWK Set, {"keys": [...]}, or a single JWK (RFC 7517). It reads these members of a key:
 *
 *   kty   oct (k), RSA (n, e), EC (crv P-256, P-384 or P-521; x, y), OKP (crv Ed25519; x)
 *   alg   required; must fit kty and crv, since it fixes the algorithm
 *   kid   optional, at most JWKS_KID_SIZE_MAX bytes
 *
 * Private members are ignored. Keys that are not for verifying (`use` other than sig, `key_ops`
 * without verify) and keys of an unknown kty, crv or alg are skipped. Any other mistake in a key is
 * an error of the set, so that it gets noticed. Pure. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/token/jws_key.h"

#include <stddef.h>

#define JWKS_KID_SIZE_MAX 255
#define JWKS_REASON_SIZE (JWS_REASON_SIZE + 32)

struct jwks_reader {
    void *context;
    /* Called for each usable key in turn. The slices are valid until it returns; kid may be absent.
     * ERR_NOT_FOUND skips the key. Any other error ends the reading; then `reason` must be set. */
    enum err (*key)(void *context, const struct jwk *jwk, struct slice kid,
                    char reason[JWS_REASON_SIZE]);
};

/* Passes the keys of the set to the reader. ERR_MALFORMED (not a key set), ERR_INVALID (a key), or
 * the reader's error; `reason` names the key. *out_skipped is the number of skipped keys. */
MUST_CHECK enum err jwks_read(struct slice text, const struct jwks_reader *reader,
                              size_t *out_skipped, char reason[JWKS_REASON_SIZE]);

#endif
