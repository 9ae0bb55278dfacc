/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOKEN_JWS_H
#define BELFRY_COMMON_TOKEN_JWS_H

/* Signed tokens (JWS in its compact form, RFC 7515) and their algorithms; common/token/jws_key.h
 * signs and verifies them.
 *
 *   token = BASE64URL(header) "." BASE64URL(payload) "." BASE64URL(signature)
 *           `------------ what is signed ------------'
 */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stddef.h>

/* What is JOSE's name, family, hash, bytes of the hash, JWK curve, OpenSSL's name of the curve,
 * bytes of a coordinate (RFC 7518, 3; RFC 8037). */
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
        JWS_ALG_ANY, /* none of them; for a key: whatever suits it */
};

enum jws_family { JWS_HMAC, JWS_RSA, JWS_PSS, JWS_ECDSA, JWS_ED25519 };

struct jws_alg_info {
    const char *name;
    enum jws_family family;
    const char *digest;
    size_t hash_size;
    const char *curve; /* JWK's "crv" */
    const char *group;
    size_t coordinate;
};

/* Not of JWS_ALG_ANY. Static. */
const struct jws_alg_info *jws_alg_info(enum jws_alg alg);

/* By name, which is case-sensitive; JWS_ALG_ANY when there is none ("none" too). */
enum jws_alg jws_alg_find(struct slice name);

/* The parts of a token, still encoded. */
struct jws {
    struct slice header;
    struct slice payload;
    struct slice signature;
    struct slice signed_part;
};

/* ERR_MALFORMED: not three parts of which the first two have characters. The slices point into
 * `token`. */
MUST_CHECK enum err jws_split(struct slice token, struct jws *out);

#endif
