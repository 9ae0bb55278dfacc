/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/token/keyring.h"

#include "common/base/mem.h"

#include <assert.h>
#include <stdio.h>

/* Appends a key. Takes ownership of it, even if it fails. */
static enum err push(struct keyring *k, struct jws_key *key, struct slice kid,
                     char reason[JWS_REASON_SIZE])
{
    struct keyring_key *more = NULL;

    if (k->count == KEYRING_KEYS_MAX) {
        snprintf(reason, JWS_REASON_SIZE, "more than %d keys", KEYRING_KEYS_MAX);
        jws_key_destroy(key);
        return ERR_TOO_MANY;
    }
    more = mem_try_resize(k->keys, (k->count + 1) * sizeof *more);
    if (more == NULL) {
        snprintf(reason, JWS_REASON_SIZE, "out of memory");
        jws_key_destroy(key);
        return ERR_NO_MEMORY;
    }
    assert(kid.size <= JWKS_KID_SIZE_MAX);
    k->keys = more;
    more[k->count] = (struct keyring_key){
        .key = key, .alg = jws_key_alg(key), .has_kid = kid.data != NULL, .kid_size = kid.size};
    if (kid.data != NULL)
        memcpy(more[k->count].kid, kid.data, kid.size);
    k->count++;
    return OK;
}

static enum err take_jwk(void *context, const struct jwk *jwk, struct slice kid,
                         char reason[JWS_REASON_SIZE])
{
    struct jws_key *key;
    enum err err = jws_key_jwk(jwk, &key, reason);

    return err == OK ? push(context, key, kid, reason) : err;
}

static enum err add_jwks(struct keyring *k, struct slice text, char reason[KEYRING_REASON_SIZE])
{
    struct jwks_reader reader = {.context = k, .key = take_jwk};
    size_t before = k->count;
    size_t skipped = 0;
    enum err err = jwks_read(text, &reader, &skipped, reason);

    if (err == OK && k->count == before) {
        snprintf(reason, KEYRING_REASON_SIZE,
                 "no usable key (%zu skipped: unsupported, or not for verifying)", skipped);
        err = ERR_INVALID;
    }
    return err;
}

static void drop_after(struct keyring *k, size_t count)
{
    while (k->count > count)
        jws_key_destroy(k->keys[--k->count].key);
}

enum err keyring_add(struct keyring *k, enum jws_alg alg, struct slice text,
                     char reason[KEYRING_REASON_SIZE])
{
    size_t before = k->count;
    struct jws_key *key = NULL;
    struct slice inner;
    enum keyring_format form = keyring_format(text, &inner);
    enum err err;

    if (text.size > KEYRING_TEXT_MAX) {
        snprintf(reason, KEYRING_REASON_SIZE, "the keys are larger than %u bytes",
                 KEYRING_TEXT_MAX);
        return ERR_TOO_LARGE;
    }
    if (form == KEYRING_JWKS)
        err = add_jwks(k, inner, reason);
    else if (form == KEYRING_PEM)
        err = jws_key_pem(alg, inner, &key, reason);
    else
        err = jws_key_secret(alg, inner, &key, reason);
    if (err == OK && key != NULL)
        err = push(k, key, slice_of(NULL, 0), reason);
    if (err != OK)
        drop_after(k, before);
    return err;
}

void keyring_clear(struct keyring *k)
{
    drop_after(k, 0);
    mem_free(k->keys);
    keyring_init(k);
}
