/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOKEN_JWS_H
#define BELFRY_COMMON_TOKEN_JWS_H

/* Signed tokens (JWS compact serialization, RFC 7515) and their algorithms. common/token/jws_key.h
 * signs and verifies them. Pure.
 *
 *   token = BASE64URL(header) "." BASE64URL(payload) "." BASE64URL(signature)
 *           `------------- signed part -------------'
 */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stddef.h>

/* The columns: identifier, JOSE name, family, hash, size of the hash in bytes, curve as in JWK,
 * OpenSSL's name of the curve, size of a coordinate in bytes (RFC 7518, section 3; RFC 8037). */
#define JWS_ALG_MAP(X)                                                                             \
    X(JWS_HS256, "HS256", JWS_HMAC, "SHA256", 32, "", "", 0)                                       \
    X(JWS_HS384, "HS384", JWS_HMAC, "SHA384", 48, "", "", 0)                                       \
    X(JWS_HS512, "HS512", JWS_HMAC, "SHA512", 64, "", "", 0)                                       \
    X(JWS_RS256, "RS256", JWS_RSA, "SHA256", 32, "", "", 0)                                        \
    X(JWS_RS384, "RS384", JWS_RSA, "SHA384", 48, "", "", 0)                                        \
    X(JWS_RS512, "RS512", JWS_RSA, "SHA512", 64, "", "", 0)                                        \
    X(JWS_PS256, "PS256", JWS_PSS, "SHA256", 32, "", "", 0)                                        \
    X(JWS_PS384, "PS384", JWS_PSS, "SHA384", 48, "", "", 0)                                        \
    X(JWS_PS512, "PS512", JWS_PSS, "SHA512", 64, "", "", 0)                                        \
    X(JWS_ES256, "ES256", JWS_ECDSA, "SHA256", 32, "P-256", "prime256v1", 32)                      \
    X(JWS_ES384, "ES384", JWS_ECDSA, "SHA384", 48, "P-384", "secp384r1", 48)                       \
    X(JWS_ES512, "ES512", JWS_ECDSA, "SHA512", 64, "P-521", "secp521r1", 66)                       \
    X(JWS_EDDSA, "EdDSA", JWS_ED25519, "", 0, "Ed25519", "", 32)

enum jws_alg {
#define X(id, name, family, digest, hash_size, curve, group, coordinate) id,
    JWS_ALG_MAP(X)
#undef X
        JWS_ALG_ANY, /* none of them; for a key: the default for its type */
};

enum jws_family { JWS_HMAC, JWS_RSA, JWS_PSS, JWS_ECDSA, JWS_ED25519 };

struct jws_alg_info {
    const char *name;
    enum jws_family family;
    const char *digest; /* OpenSSL's name of the hash; "" for EdDSA */
    size_t hash_size;   /* bytes */
    const char *curve;  /* JWK's "crv"; "" without a curve */
    const char *group;  /* OpenSSL's name of the curve; "" if not needed */
    size_t coordinate;  /* bytes of a coordinate of the curve; 0 without a curve */
};

/* Returns the static description of an algorithm, which must not be JWS_ALG_ANY. */
const struct jws_alg_info *jws_alg_info(enum jws_alg alg);

/* Returns the algorithm with this case-sensitive name, or JWS_ALG_ANY (for "none" too). */
enum jws_alg jws_alg_find(struct slice name);

/* The parts of a token, still encoded. */
struct jws {
    struct slice header;
    struct slice payload;
    struct slice signature;
    struct slice signed_part; /* header, dot and payload */
};

/* Splits a token into slices that point into it. ERR_MALFORMED: not three parts, or header or
 * payload is empty. */
MUST_CHECK enum err jws_split(struct slice token, struct jws *out);

#endif
