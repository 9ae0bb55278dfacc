/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOKEN_KEYRING_H
#define BELFRY_COMMON_TOKEN_KEYRING_H

/* The keys that verify tokens (or the one that signs them), read from the text of a file or an
 * environment variable:
 *
 *   text                      contents
 *   starts with {             a JWK Set or a JWK: common/token/jwks.h
 *   contains "-----BEGIN "    a key in PEM; only the first one is read
 *   anything else             a shared secret; one line break at its end is dropped
 *
 * A keyring is never changed while it is in use: make another, swap them, clear the old one, and
 * forget the tokens that it verified.
 *
 * Threads: any number may read it. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/token/jwks.h"
#include "common/token/jws_key.h"

#include <stdbool.h>
#include <stddef.h>

#define KEYRING_KEYS_MAX 16 /* a token without a key id is tried with each: at most 16 * 1 ms */
#define KEYRING_TEXT_MAX (1u << 20) /* bytes of a text */
#define KEYRING_REASON_SIZE JWKS_REASON_SIZE

struct keyring_key {
    struct jws_key *key;         /* owned */
    enum jws_alg alg;            /* of the key */
    bool has_kid;                /* the key has an id ("kid") */
    char kid[JWKS_KID_SIZE_MAX]; /* not NUL-terminated */
    size_t kid_size;
};

struct keyring {
    struct keyring_key *keys;
    size_t count;
};

enum keyring_format { KEYRING_JWKS, KEYRING_PEM, KEYRING_SECRET };

/* Returns the format of the text. *out is the text without white space before it, or, for a secret,
 * without its last line break. */
enum keyring_format keyring_format(struct slice text, struct slice *out);

void keyring_init(struct keyring *k);

/* Returns whether the key may have signed a token that names `alg` and, with has_kid, `kid`: the
 * algorithms are equal, and the kids too if both have one. */
bool keyring_fits(const struct keyring_key *key, enum jws_alg alg, bool has_kid, struct slice kid);

/* ---- in keyring_openssl.c ---- */

/* Adds all keys of the text, or none. `alg` is for PEM and secrets; with JWS_ALG_ANY the key
 * decides. A JWK has its own alg. Returns ERR_MALFORMED, ERR_INVALID (too weak, no usable key,
 * ...), ERR_TOO_LARGE, ERR_TOO_MANY or ERR_NO_MEMORY; `reason` is one line for the operator, which
 * never quotes the text. */
MUST_CHECK enum err keyring_add(struct keyring *k, enum jws_alg alg, struct slice text,
                                char reason[KEYRING_REASON_SIZE]);

/* Destroys all keys. May be called twice. */
void keyring_clear(struct keyring *k);

#endif
