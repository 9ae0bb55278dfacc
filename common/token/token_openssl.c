/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/token/token.h"

#include "common/base/base64.h"

#include <stdio.h>

/* What the steps of a verification share. */
struct verification {
    const struct keyring *keys;
    const struct token_rules *rules;
    uint64_t now_ms;
    struct jws jws;
    struct jose_header header;
    char *detail; /* TOKEN_DETAIL_SIZE */
};

static enum token_error fail(const struct verification *v, enum token_error error, const char *text)
{
    snprintf(v->detail, TOKEN_DETAIL_SIZE, "%s", text);
    return error;
}

static enum token_error from_err(enum err err)
{
    if (err == ERR_MALFORMED)
        return TOKEN_MALFORMED;
    return err == ERR_NO_MEMORY ? TOKEN_NO_MEMORY : TOKEN_CLAIMS;
}

/* Decodes one of the token's three parts. */
static enum token_error decode(const struct verification *v, struct slice part, struct buf *out)
{
    enum err err;

    buf_init(out, TOKEN_SIZE_MAX);
    err = base64url_decode(part, out);
    if (err == ERR_INVALID)
        return fail(v, TOKEN_MALFORMED, "the token is not valid base64url");
    return err == OK ? TOKEN_OK : fail(v, TOKEN_NO_MEMORY, "out of memory");
}

static enum token_error read_header(struct verification *v)
{
    struct buf json;
    enum token_error error = decode(v, v->jws.header, &json);
    enum err err;

    if (error == TOKEN_OK) {
        err = claims_read_header(buf_all(&json), &v->header, v->detail);
        error = err != OK ? TOKEN_MALFORMED : token_check_header(&v->header, v->detail);
    }
    buf_clear(&json);
    return error;
}

/* Tries each key that may have signed the token. */
static enum token_error try_keys(const struct verification *v, struct slice signature)
{
    struct slice kid = slice_of(v->header.kid, v->header.kid_size);
    bool alg_known = false;
    bool tried = false;

    for (size_t i = 0; i < v->keys->count; i++) {
        const struct keyring_key *key = &v->keys->keys[i];

        alg_known = alg_known || key->alg == v->header.alg;
        if (!keyring_fits(key, v->header.alg, v->header.has_kid, kid))
            continue;
        tried = true;
        if (jws_verify(key->key, v->jws.signed_part, signature))
            return TOKEN_OK;
    }
    if (!alg_known)
        return fail(v, TOKEN_ALGORITHM, "alg: no key for the token's algorithm");
    return fail(v, TOKEN_SIGNATURE,
                tried ? "the signature does not match any key"
                      : "kid: no key with the token's kid and algorithm");
}

static enum token_error check_signature(const struct verification *v)
{
    struct buf signature;
    enum token_error error = decode(v, v->jws.signature, &signature);

    if (error == TOKEN_OK)
        error = try_keys(v, buf_all(&signature));
    buf_clear(&signature);
    return error;
}

static enum token_error read_claims(const struct verification *v, struct grants **out)
{
    struct claims claims;
    struct buf json;
    enum token_error error = decode(v, v->jws.payload, &json);
    enum err err;

    if (error == TOKEN_OK) {
        err = claims_read(buf_all(&json), v->header.at_jwt, v->rules->base, &claims, v->detail);
        error = err == OK ? TOKEN_OK : from_err(err);
    }
    buf_clear(&json);
    if (error != TOKEN_OK)
        return error;
    error = token_check_claims(&claims, v->header.at_jwt, v->rules, v->now_ms, v->detail);
    if (error == TOKEN_OK)
        *out = grants_ref(claims.grants);
    claims_clear(&claims);
    return error;
}

enum token_error token_verify(const struct keyring *keys, const struct token_rules *rules,
                              uint64_t now_ms, struct slice token, struct grants **out,
                              char detail[TOKEN_DETAIL_SIZE])
{
    struct verification v = {.keys = keys, .rules = rules, .now_ms = now_ms, .detail = detail};
    enum token_error error;

    if (token.size > TOKEN_SIZE_MAX)
        return fail(&v, TOKEN_MALFORMED, "the token is larger than 65536 bytes");
    if (jws_split(token, &v.jws) != OK)
        return fail(&v, TOKEN_MALFORMED, "the token does not have three parts separated by dots");
    error = read_header(&v);
    if (error == TOKEN_OK)
        error = check_signature(&v);
    return error == TOKEN_OK ? read_claims(&v, out) : error;
}
