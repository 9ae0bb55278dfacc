/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/token/jwks.h"

#include "common/base/base64.h"
#include "common/base/json_text.h"
#include "common/token/claims.h"

#include <jansson.h>
#include <stdio.h>

#define MEMBER_SIZE_MAX 2048 /* bytes of a number or a secret */

static struct slice string(const json_t *key, const char *name)
{
    const json_t *value = json_object_get(key, name);

    return json_is_string(value) ? slice_of(json_string_value(value), json_string_length(value))
                                 : slice_of(NULL, 0);
}

static const char *kty_of(enum jws_family family)
{
    switch (family) {
    case JWS_HMAC:
        return "oct";
    case JWS_RSA:
    case JWS_PSS:
        return "RSA";
    case JWS_ECDSA:
        return "EC";
    case JWS_ED25519:
        return "OKP";
    }
    return "";
}

static bool is_for_verifying(const json_t *key)
{
    const json_t *ops = json_object_get(key, "key_ops");
    const json_t *use = json_object_get(key, "use");
    bool verify = ops == NULL;

    for (size_t i = 0; i < json_array_size(ops); i++) {
        const char *op = json_string_value(json_array_get(ops, i));

        verify = verify || (op != NULL && strcmp(op, "verify") == 0);
    }
    return verify && (use == NULL || slice_equal(string(key, "use"), SLICE("sig")));
}

static bool is_known(const json_t *key)
{
    static const char *const types[] = {"oct", "RSA", "EC", "OKP"};
    static const char *const curves[] = {"P-256", "P-384", "P-521", "Ed25519"};
    const char *type = json_string_value(json_object_get(key, "kty"));
    const char *curve = json_string_value(json_object_get(key, "crv"));
    bool known = false;

    for (size_t i = 0; type != NULL && i < 4; i++)
        known = known || strcmp(type, types[i]) == 0;
    if (!known || (type[0] != 'E' && strcmp(type, "OKP") != 0))
        return known;
    known = curve == NULL; /* a mistake, not an unknown kind of key */
    for (size_t i = 0; curve != NULL && i < 4; i++)
        known = known || strcmp(curve, curves[i]) == 0;
    return known;
}

/* Finds the algorithm of a usable key. ERR_NOT_FOUND: the key is to be skipped. */
static enum err find_alg(const json_t *key, enum jws_alg *out_alg, char *reason)
{
    struct slice name = string(key, "alg");
    const struct jws_alg_info *info;
    enum jws_alg alg;

    if (!json_is_object(key)) {
        snprintf(reason, JWS_REASON_SIZE, "must be an object");
        return ERR_INVALID;
    }
    if (!is_for_verifying(key) || !is_known(key))
        return ERR_NOT_FOUND;
    if (name.data == NULL) {
        snprintf(reason, JWS_REASON_SIZE, "alg: missing; it must name the key's algorithm");
        return ERR_INVALID;
    }
    alg = jws_alg_find(name);
    if (alg == JWS_ALG_ANY)
        return ERR_NOT_FOUND;
    info = jws_alg_info(alg);
    if (!slice_equal(string(key, "kty"), slice_str(kty_of(info->family))) ||
        (info->coordinate > 0 && !slice_equal(string(key, "crv"), slice_str(info->curve)))) {
        snprintf(reason, JWS_REASON_SIZE, "alg: %s does not fit the key's kty and crv", info->name);
        return ERR_INVALID;
    }
    *out_alg = alg;
    return OK;
}

/* Decodes the members. `bytes` has room for five of MEMBER_SIZE_MAX, so it never moves. */
static enum err decode(const json_t *key, struct buf *bytes, struct jwk *jwk, char *reason)
{
    struct {
        const char *name;
        struct slice *out;
    } members[] = {{"k", &jwk->k}, {"n", &jwk->n}, {"e", &jwk->e}, {"x", &jwk->x}, {"y", &jwk->y}};

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        struct slice text = string(key, members[i].name);
        size_t start = bytes->size;

        if (text.data == NULL)
            continue;
        if (text.size > MEMBER_SIZE_MAX || base64url_decode(text, bytes) != OK) {
            snprintf(reason, JWS_REASON_SIZE, "%s: must be base64url of at most %d characters",
                     members[i].name, MEMBER_SIZE_MAX);
            return ERR_INVALID;
        }
        *members[i].out = slice_of(bytes->data + start, bytes->size - start);
    }
    return OK;
}

static enum err read_key(const json_t *key, const struct jwks_reader *reader, char *reason)
{
    struct slice kid = string(key, "kid");
    struct jwk jwk = {0};
    struct buf bytes;
    enum err err = find_alg(key, &jwk.alg, reason);

    if (err != OK)
        return err;
    if (kid.size > JWKS_KID_SIZE_MAX) {
        snprintf(reason, JWS_REASON_SIZE, "kid: longer than %d bytes", JWKS_KID_SIZE_MAX);
        return ERR_INVALID;
    }
    buf_init(&bytes, (size_t)5 * MEMBER_SIZE_MAX);
    if (buf_reserve(&bytes, bytes.limit) == NULL) {
        snprintf(reason, JWS_REASON_SIZE, "out of memory");
        return ERR_NO_MEMORY;
    }
    err = decode(key, &bytes, &jwk, reason);
    if (err == OK)
        err = reader->key(reader->context, &jwk, kid, reason);
    buf_clear(&bytes);
    return err;
}

static enum err read_keys(const json_t *keys, const struct jwks_reader *reader, size_t *skipped,
                          char reason[JWKS_REASON_SIZE])
{
    for (size_t i = 0; i < json_array_size(keys); i++) {
        char why[JWS_REASON_SIZE] = "";
        enum err err = read_key(json_array_get(keys, i), reader, why);

        if (err == ERR_NOT_FOUND) {
            ++*skipped;
        } else if (err != OK) {
            snprintf(reason, JWKS_REASON_SIZE, "keys[%zu]: %.*s", i, JWS_REASON_SIZE - 1, why);
            return err;
        }
    }
    return OK;
}

/* Returns the array of keys, or NULL. A single key counts as a set of one. */
static json_t *keys_of(json_t *root)
{
    json_t *keys = json_object_get(root, "keys");

    if (json_is_array(keys))
        return json_incref(keys);
    return json_object_get(root, "kty") == NULL ? NULL : json_pack("[O]", root);
}

enum err jwks_read(struct slice text, const struct jwks_reader *reader, size_t *out_skipped,
                   char reason[JWKS_REASON_SIZE])
{
    json_t *root = NULL;
    json_t *keys = NULL;
    size_t skipped = 0;
    enum err err;

    if (!json_text_too_deep(text, CLAIMS_DEPTH_MAX))
        root = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, NULL);
    if (root != NULL)
        keys = keys_of(root);
    if (keys == NULL) {
        snprintf(reason, JWKS_REASON_SIZE, "not a JSON Web Key Set ({\"keys\": [...]})");
        err = ERR_MALFORMED;
    } else {
        err = read_keys(keys, reader, &skipped, reason);
    }
    json_decref(keys);
    json_decref(root);
    if (err == OK)
        *out_skipped = skipped;
    return err;
}
