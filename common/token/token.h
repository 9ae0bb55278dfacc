/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOKEN_TOKEN_H
#define BELFRY_COMMON_TOKEN_TOKEN_H

/* From a token to what it allows. The algorithm is that of the key; a token that names another is
 * refused, and so is any `crit`. Keys in the token or named by it (jwk, jku, x5c, ...) are not
 * looked at. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/token/claims.h"
#include "common/token/grants.h"
#include "common/token/keyring.h"

#include <stddef.h>
#include <stdint.h>

#define TOKEN_SIZE_MAX 65536u /* bytes; a longer one is not looked at */
#define TOKEN_DETAIL_SIZE CLAIMS_REASON_SIZE

/* How a token fails, with the text that stands for it in the operator's log and counters. */
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

/* Static. */
const char *token_error_text(enum token_error error);

/* What the operator asks of tokens. Borrowed; all may be zero. */
struct token_rules {
    const struct slice *issuers; /* `iss` must be one of them, when there are any */
    size_t issuer_count;
    const struct slice *audiences; /* `aud` must have one of them, when there are any */
    size_t audience_count;
    uint64_t leeway_ms; /* how wrong clocks may be: for exp and nbf */
    struct slice base;  /* the hub's URL, for URL patterns; empty: tokens with such are refused */
};

/* Verifies the token as of `now_ms` (Unix time): first its signature, then its claims. TOKEN_OK:
 * *out is what it allows, with one reference for the caller. Otherwise `detail` is one line that
 * says what is wrong, without any of the token's text. In token_openssl.c; 15 us to 1 ms, so keep
 * the outcome (edge/access/token_cache.h). */
MUST_CHECK enum token_error token_verify(const struct keyring *keys,
                                         const struct token_rules *rules, uint64_t now_ms,
                                         struct slice token, struct grants **out,
                                         char detail[TOKEN_DETAIL_SIZE]);

/* The steps of it that need no key. */
MUST_CHECK enum token_error token_check_header(const struct jose_header *header,
                                               char detail[TOKEN_DETAIL_SIZE]);
MUST_CHECK enum token_error token_check_claims(const struct claims *claims, bool at_jwt,
                                               const struct token_rules *rules, uint64_t now_ms,
                                               char detail[TOKEN_DETAIL_SIZE]);

/* Whether a token with this exp is over. */
bool token_expired(uint64_t exp_ms, uint64_t leeway_ms, uint64_t now_ms);

#endif
