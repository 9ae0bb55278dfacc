/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_ACCESS_TOKEN_VERIFIER_OPENSSL_H
#define BELFRY_EDGE_ACCESS_TOKEN_VERIFIER_OPENSSL_H

/* What an edge verifies tokens with: the operator's keys and rules, and the tokens it has seen lately.
 *
 * One thread. */

#include "common/base/err.h"
#include "common/base/hash.h"
#include "common/token/grants.h"
#include "common/token/jws.h"
#include "common/token/key_sources_openssl.h"
#include "common/token/token.h"
#include "edge/core/counters.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct token_verifier_config {
    const char *text;      /* a secret, PEM or JWKS; "": none */
    const char *file;      /* the same in a file; "": none */
    enum jws_alg alg;      /* where the key does not say */
    const char *issuers;   /* comma-separated, as token_rules; "": any */
    const char *audiences; /* the same */
    struct slice base;     /* as in token_rules */
    uint64_t leeway_ms;
    size_t cache_bytes;
};

struct token_verifier;

/* Whether any keys are named: otherwise the edge is open. */
bool token_verifier_wanted(const struct token_verifier_config *config);

/* The configuration's texts must outlive it. The errors of key_sources_refresh(), and ERR_TOO_MANY: issuers or
 * audiences; `reason` is one line. */
MUST_CHECK enum err token_verifier_create(const struct token_verifier_config *config,
                                          const struct hash_key *hash_key,
                                          struct token_verifier **out,
                                          char reason[KEY_SOURCES_REASON_SIZE]);
void token_verifier_destroy(struct token_verifier *k); /* takes NULL */

/* Looks whether the file has changed (call it each second or so), or reads it in any case. As
 * key_sources_refresh(). */
MUST_CHECK enum err token_verifier_refresh(struct token_verifier *k, bool force, bool *out_changed,
                                           char reason[KEY_SOURCES_REASON_SIZE]);

/* What became of tokens, since the start. */
struct token_counters token_verifier_counters(const struct token_verifier *k);

/* An access_verify (edge/access/access.h); `context` is the keys. */
enum token_error token_verifier_verify(void *context, uint64_t unix_ms, struct slice token,
                                       struct grants **out, char detail[TOKEN_DETAIL_SIZE]);

#endif
