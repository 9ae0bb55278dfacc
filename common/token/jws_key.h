/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOKEN_JWS_KEY_H
#define BELFRY_COMMON_TOKEN_JWS_KEY_H

/* Keys that sign and verify tokens. A key has exactly one algorithm, given when it is made, and
 * nothing here looks at a token's header: what a token says of itself changes nothing.
 *
 * Threads: a key never changes; any number may use it. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/token/jws.h"

#include <stdbool.h>
#include <stddef.h>

#define JWS_SECRET_SIZE_MIN 32      /* and not less than the hash has (RFC 7518, 3.2) */
#define JWS_RSA_BITS_MIN 2048       /* RFC 7518, 3.3 */
#define JWS_RSA_BITS_MAX 8192       /* more would cost a millisecond a token */
#define JWS_SIGNATURE_SIZE_MAX 1024 /* JWS_RSA_BITS_MAX / 8 */

#define JWS_REASON_SIZE 160

struct jws_key;

/* The members of a JWK (RFC 7518, 6), decoded; the absent ones are absent slices. */
struct jwk {
    enum jws_alg alg; /* not JWS_ALG_ANY */
    struct slice k;   /* oct */
    struct slice n;   /* RSA */
    struct slice e;
    struct slice x; /* EC, OKP */
    struct slice y; /* EC */
};

/* All three: ERR_INVALID when it is no such key, or too weak a one; ERR_NO_MEMORY; with a reason.
 *
 * A shared secret. JWS_ALG_ANY means HS256. */
MUST_CHECK enum err jws_key_secret(enum jws_alg alg, struct slice secret, struct jws_key **out,
                                   char reason[JWS_REASON_SIZE]);

/* The first key in PEM text: PUBLIC KEY, RSA PUBLIC KEY, or a PRIVATE KEY of any kind without a
 * password. JWS_ALG_ANY: RS256, that of the curve, or EdDSA. */
MUST_CHECK enum err jws_key_pem(enum jws_alg alg, struct slice pem, struct jws_key **out,
                                char reason[JWS_REASON_SIZE]);

/* The public part of a JWK. */
MUST_CHECK enum err jws_key_jwk(const struct jwk *jwk, struct jws_key **out,
                                char reason[JWS_REASON_SIZE]);

void jws_key_destroy(struct jws_key *key); /* takes NULL */

enum jws_alg jws_key_alg(const struct jws_key *key);
bool jws_key_can_sign(const struct jws_key *key);

/* Whether `signature` (decoded) is the key's under `signed_part`. 10 us (HMAC) to 1 ms (P-384). */
bool jws_verify(const struct jws_key *key, struct slice signed_part, struct slice signature);

/* Appends the signature (not encoded). ERR_DENIED: a public key can't sign. ERR_NO_MEMORY. */
MUST_CHECK enum err jws_sign(const struct jws_key *key, struct slice signed_part, struct buf *out);

#endif
