/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOKEN_KEYRING_H
#define BELFRY_COMMON_TOKEN_KEYRING_H

/* The keys that tokens are verified with (or one that signs them), out of the text of a file or a
 * variable:
 *
 *   text                      what it is
 *   starts with {             a JWK Set or a JWK: common/token/jwks.h
 *   has "-----BEGIN "         a key in PEM; the first one counts
 *   anything else             a shared secret; one line break at its end is not part of it
 *
 * A keyring is never changed while it is in use: make another, swap, clear the old one, and forget
 * the tokens that were verified with it.
 *
 * Threads: any number may read it. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/token/jwks.h"
#include "common/token/jws_key.h"

#include <stdbool.h>
#include <stddef.h>

#define KEYRING_KEYS_MAX 16 /* a token without a kid may be tried with each: 16 * 1 ms at worst */
#define KEYRING_TEXT_MAX (1u << 20)
#define KEYRING_REASON_SIZE JWKS_REASON_SIZE

struct keyring_key {
    struct jws_key *key; /* ours */
    enum jws_alg alg;    /* its own */
    bool has_kid;
    char kid[JWKS_KID_SIZE_MAX];
    size_t kid_size;
};

struct keyring {
    struct keyring_key *keys;
    size_t count;
};

enum keyring_format { KEYRING_JWKS, KEYRING_PEM, KEYRING_SECRET };

/* What the text is, without white space around it for JWKS and without the last line break for a
 * secret. */
enum keyring_format keyring_format(struct slice text, struct slice *out);

void keyring_init(struct keyring *k);

/* Whether the key may have signed a token that names `alg` and, with has_kid, `kid`: the algorithm
 * is the key's, and neither names a kid that is not the other's. */
bool keyring_fits(const struct keyring_key *key, enum jws_alg alg, bool has_kid, struct slice kid);

/* ---- in keyring_openssl.c ---- */

/* Adds all keys of the text, or none. `alg` is for PEM and secrets; JWS_ALG_ANY: what suits the
 * key. A JWK's own alg counts. ERR_MALFORMED, ERR_INVALID (too weak, no key that we can use, ...),
 * ERR_TOO_LARGE, ERR_TOO_MANY, ERR_NO_MEMORY; `reason` is one line for the operator, without any of
 * the text. */
MUST_CHECK enum err keyring_add(struct keyring *k, enum jws_alg alg, struct slice text,
                                char reason[KEYRING_REASON_SIZE]);

/* Empties it; may be called twice. */
void keyring_clear(struct keyring *k);

#endif
