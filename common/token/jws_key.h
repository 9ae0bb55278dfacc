/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOKEN_JWS_KEY_H
#define BELFRY_COMMON_TOKEN_JWS_KEY_H

/* Keys that sign and verify tokens. A key has exactly one algorithm, fixed when the key is created.
 * Nothing here reads a token's header, so a token cannot choose how it is verified.
 *
 * Threads: any number may use a key; it never changes. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/token/jws.h"

#include <stdbool.h>
#include <stddef.h>

#define JWS_SECRET_SIZE_MIN 32      /* or the size of the hash if larger (RFC 7518, section 3.2) */
#define JWS_RSA_BITS_MIN 2048       /* RFC 7518, section 3.3 */
#define JWS_RSA_BITS_MAX 8192       /* larger ones would cost a millisecond per token */
#define JWS_SIGNATURE_SIZE_MAX 1024 /* JWS_RSA_BITS_MAX / 8 */

#define JWS_REASON_SIZE 160

struct jws_key;

/* The decoded members of a JWK (RFC 7518, section 6); missing ones are absent slices. */
struct jwk {
    enum jws_alg alg; /* not JWS_ALG_ANY */
    struct slice k;   /* oct */
    struct slice n;   /* RSA */
    struct slice e;
    struct slice x; /* EC, OKP */
    struct slice y; /* EC */
};

/* Creates a key from a shared secret, which is copied. JWS_ALG_ANY means HS256.
 *
 * This function and the next two return ERR_INVALID (not such a key, or too weak) or ERR_NO_MEMORY;
 * `reason` is then one line. */
MUST_CHECK enum err jws_key_secret(enum jws_alg alg, struct slice secret, struct jws_key **out,
                                   char reason[JWS_REASON_SIZE]);

/* Creates a key from the first key in PEM text: PUBLIC KEY, RSA PUBLIC KEY, or any PRIVATE KEY
 * without a password. JWS_ALG_ANY means RS256 (PS256 for an RSA-PSS key), the algorithm of the
 * curve, or EdDSA. */
MUST_CHECK enum err jws_key_pem(enum jws_alg alg, struct slice pem, struct jws_key **out,
                                char reason[JWS_REASON_SIZE]);

/* Creates a key from the public part of a JWK, or from its secret. */
MUST_CHECK enum err jws_key_jwk(const struct jwk *jwk, struct jws_key **out,
                                char reason[JWS_REASON_SIZE]);

/* Erases and frees the key. NULL is allowed. */
void jws_key_destroy(struct jws_key *key);

enum jws_alg jws_key_alg(const struct jws_key *key);
bool jws_key_can_sign(const struct jws_key *key);

/* Returns whether `signature` (decoded) is this key's signature of `signed_part`. Takes 10 us
 * (HMAC) to 1 ms (P-384). */
bool jws_verify(const struct jws_key *key, struct slice signed_part, struct slice signature);

/* Appends the signature (not encoded). ERR_DENIED: a public key cannot sign. ERR_NO_MEMORY;
 * ERR_TOO_LARGE: no room in `out`. */
MUST_CHECK enum err jws_sign(const struct jws_key *key, struct slice signed_part, struct buf *out);

#endif
