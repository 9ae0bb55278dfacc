/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_ACCESS_TOKEN_VERIFIER_OPENSSL_H
#define BELFRY_EDGE_ACCESS_TOKEN_VERIFIER_OPENSSL_H

/* Verifies tokens with the operator's keys and rules, and caches the results.
 *
 * Threads: one. */

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
    enum jws_alg alg;      /* for keys that do not name one */
    const char *issuers;   /* comma-separated; see token_rules (common/token/token.h); "": any */
    const char *audiences; /* the same */
    struct slice base;     /* as in token_rules */
    uint64_t leeway_ms;
    size_t cache_bytes;
};

struct token_verifier;

/* Returns whether any keys are configured. Otherwise the edge is open. */
bool token_verifier_wanted(const struct token_verifier_config *config);

/* Creates a verifier. The configuration's texts must outlive it. Returns the errors of
 * key_sources_refresh(), and ERR_TOO_MANY for more than 16 issuers or audiences; `reason` is one
 * line. */
MUST_CHECK enum err token_verifier_create(const struct token_verifier_config *config,
                                          const struct hash_key *hash_key,
                                          struct token_verifier **out,
                                          char reason[KEY_SOURCES_REASON_SIZE]);

/* Frees the verifier. NULL is allowed. */
void token_verifier_destroy(struct token_verifier *k);

/* Reads the keys again if the file has changed (call it about once a second) or if `force` is
 * set. Returns what key_sources_refresh() does; after an error the old keys stay in use. */
MUST_CHECK enum err token_verifier_refresh(struct token_verifier *k, bool force, bool *out_changed,
                                           char reason[KEY_SOURCES_REASON_SIZE]);

/* Returns the counts of verifications since the start. */
struct token_counters token_verifier_counters(const struct token_verifier *k);

/* Verifies a token: an access_verify (edge/access/access.h) whose `context` is the verifier. */
enum token_error token_verifier_verify(void *context, uint64_t unix_ms, struct slice token,
                                       struct grants **out, char detail[TOKEN_DETAIL_SIZE]);

#endif
