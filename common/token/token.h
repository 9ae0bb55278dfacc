/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOKEN_TOKEN_H
#define BELFRY_COMMON_TOKEN_TOKEN_H

/* Verifies a token and returns what it allows. The key fixes the algorithm: a token that names
 * another one is refused, and so is one with `crit`. Keys in the token or named by it (jwk, jku,
 * x5c, ...) are ignored. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/token/claims.h"
#include "common/token/grants.h"
#include "common/token/keyring.h"

#include <stddef.h>
#include <stdint.h>

#define TOKEN_SIZE_MAX 65536u /* bytes; longer tokens are refused unread */
#define TOKEN_DETAIL_SIZE CLAIMS_REASON_SIZE

/* Why a token is refused, with the text that stands for it in the log and in counters. */
#define TOKEN_ERROR_MAP(X)                                                                         \
    X(TOKEN_OK, "valid")                                                                           \
    X(TOKEN_MALFORMED, "malformed")                                                                \
    X(TOKEN_ALGORITHM, "algorithm")                                                                \
    X(TOKEN_SIGNATURE, "signature")                                                                \
    X(TOKEN_CLAIMS, "claims")                                                                      \
    X(TOKEN_EXPIRED, "expired")                                                                    \
    X(TOKEN_EARLY, "not yet valid")                                                                \
    X(TOKEN_ISSUER, "issuer")                                                                      \
    X(TOKEN_AUDIENCE, "audience")                                                                  \
    X(TOKEN_NO_MEMORY, "out of memory")

enum token_error {
#define X(name, text) name,
    TOKEN_ERROR_MAP(X)
#undef X
};

/* Returns the static text of an error. */
const char *token_error_text(enum token_error error);

/* What the operator requires of tokens. Borrowed; all fields may be zero. */
struct token_rules {
    const struct slice *issuers; /* `iss` must be one of them, if there are any */
    size_t issuer_count;
    const struct slice *audiences; /* `aud` must contain one of them, if there are any */
    size_t audience_count;
    uint64_t leeway_ms; /* clock skew allowed when checking exp and nbf */
    struct slice base;  /* the hub's URL, base of URL patterns; empty: URL patterns are refused */
};

/* Verifies the token as of `now_ms` (Unix time): first its signature, then its claims. On TOKEN_OK
 * *out is what it allows, with one reference for the caller. Otherwise `detail` is one line with
 * the reason, which never quotes the token. Takes 15 us to 1 ms, so keep the result
 * (edge/access/token_cache.h). In token_openssl.c. */
MUST_CHECK enum token_error token_verify(const struct keyring *keys,
                                         const struct token_rules *rules, uint64_t now_ms,
                                         struct slice token, struct grants **out,
                                         char detail[TOKEN_DETAIL_SIZE]);

/* These two check the header and the claims: the steps of token_verify() that need no key. */
MUST_CHECK enum token_error token_check_header(const struct jose_header *header,
                                               char detail[TOKEN_DETAIL_SIZE]);
MUST_CHECK enum token_error token_check_claims(const struct claims *claims, bool at_jwt,
                                               const struct token_rules *rules, uint64_t now_ms,
                                               char detail[TOKEN_DETAIL_SIZE]);

/* Returns whether a token with this exp has expired, with the leeway for clock skew. */
bool token_expired(uint64_t exp_ms, uint64_t leeway_ms, uint64_t now_ms);

#endif
