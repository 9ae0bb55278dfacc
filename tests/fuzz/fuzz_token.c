/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/base/base64.h"
#include "common/base/json_text.h"
#include "common/token/token.h"
#include "edge/access/token_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Any bytes may come as a token, and an operator may name any file as keys. The first byte says
 * what the rest is:
 *
 *   T  a token
 *   S  a header, a line break and a payload, which are signed before they are verified
 *   L  a payload in the older dialect; M: in the modern one
 *   K  the text of a file of keys
 *
 * What is accepted must keep the promises of the headers. Corpus: corpus/token. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECRET "a secret that only the fuzzer knows, 32 bytes and more"
#define NOW UINT64_C(1700000000000)

static void require(int condition)
{
    if (!condition)
        abort();
}

#define BASE SLICE_INIT("http://localhost/.well-known/mercure")

static const struct slice base = BASE;
static const struct token_rules rules = {.leeway_ms = 1000, .base = BASE};

static struct keyring *keys(void)
{
    static struct keyring ring;
    char reason[KEYRING_REASON_SIZE];

    if (ring.count == 0)
        require(keyring_add(&ring, JWS_ALG_ANY, SLICE(SECRET), reason) == OK);
    return &ring;
}

/* A presence payload is compact JSON. */
static void check_payload(struct slice payload)
{
    char reason[CLAIMS_REASON_SIZE];
    struct claims claims;
    struct buf json;

    if (payload.data == NULL)
        return;
    buf_init(&json, (size_t)1 << 24);
    buf_str(&json, "{\"mercure\":{\"payload\":");
    buf_slice(&json, payload);
    buf_str(&json, "}}");
    require(memchr(payload.data, '\n', payload.size) == NULL);
    /* two levels deeper than in the token, so it may be too deep here */
    if (claims_read(buf_all(&json), false, base, &claims, reason) == OK) {
        require(slice_equal(claims.grants->payload, payload));
        claims_clear(&claims);
    } else {
        require(json_text_too_deep(buf_all(&json), CLAIMS_DEPTH_MAX));
    }
    buf_clear(&json);
}

static void check_grants(const struct grants *g)
{
    for (size_t kind = 0; kind < GRANT_KINDS; kind++) {
        const struct grant_list *list = &g->lists[kind];

        require(list->count <= GRANTS_MAX && list->count <= list->room);
        for (size_t i = 0; i < list->count; i++) {
            require(list->grants[i].selector.size > 0);
            check_payload(list->grants[i].payload);
        }
        if (list->count > 0 && list->grants[0].match != GRANT_URLPATTERN)
            require(kind == GRANT_PUBLISH ? grants_publish(g, list->grants[0].selector)
                                          : grants_subscribe(g, list->grants[0].selector));
    }
    check_payload(g->payload);
}

/* A reason is one line, whatever the token contains. */
static void check_reason(const char *reason)
{
    require(reason[0] != '\0');
    for (; *reason != '\0'; reason++)
        require(*reason >= ' ' && *reason < 0x7f);
}

static void check_cached(struct slice token, struct grants *g)
{
    struct hash_key key = {{0}};
    struct token_cache cache;

    token_cache_init(&cache, &key, rules.leeway_ms, (size_t)1 << 24);
    token_cache_put(&cache, token, g);
    require(token_cache_find(&cache, NOW, token) == g);
    require(token_cache_find(&cache, NOW, slice_of(token.data, token.size - 1)) == NULL);
    token_cache_clear(&cache);
}

static enum token_error verify(struct slice token)
{
    char detail[TOKEN_DETAIL_SIZE] = "";
    struct grants *grants = NULL;
    enum token_error error = token_verify(keys(), &rules, NOW, token, &grants, detail);

    if (error != TOKEN_OK) {
        require(grants == NULL);
        check_reason(detail);
        return error;
    }
    require(grants->refs == 1 && !token_expired(grants->exp_ms, rules.leeway_ms, NOW));
    check_grants(grants);
    check_cached(token, grants);
    grants_unref(grants);
    return error;
}

static void sign_and_verify(struct slice text)
{
    const char *end = text.size == 0 ? NULL : memchr(text.data, '\n', text.size);
    size_t header = end == NULL ? 0 : (size_t)(end - text.data);
    struct buf token;
    struct buf signature;

    if (end == NULL)
        return;
    buf_init(&token, (size_t)1 << 24);
    buf_init(&signature, JWS_SIGNATURE_SIZE_MAX);
    base64url_encode(&token, slice_of(text.data, header));
    buf_char(&token, '.');
    base64url_encode(&token, slice_of(end + 1, text.size - header - 1));
    require(jws_sign(keys()->keys[0].key, buf_all(&token), &signature) == OK);
    buf_char(&token, '.');
    base64url_encode(&token, buf_all(&signature));
    if (verify(buf_all(&token)) == TOKEN_OK) {
        token.data[token.size - 1] = token.data[token.size - 1] == 'A' ? 'E' : 'A';
        require(verify(buf_all(&token)) == TOKEN_SIGNATURE);
    }
    buf_clear(&signature);
    buf_clear(&token);
}

static void read_claims(struct slice json, bool at_jwt)
{
    char reason[CLAIMS_REASON_SIZE] = "";
    struct jose_header header;
    struct claims claims;

    if (claims_read_header(json, &header, reason) == OK)
        require(header.kid_size < CLAIMS_KID_SIZE);
    else
        check_reason(reason);
    reason[0] = '\0';
    if (claims_read(json, at_jwt, base, &claims, reason) != OK) {
        check_reason(reason);
        return;
    }
    require(claims.audience_count <= CLAIMS_AUDIENCES_MAX);
    check_grants(claims.grants);
    claims_clear(&claims);
}

static void read_keys(struct slice text)
{
    char reason[KEYRING_REASON_SIZE] = "";
    struct keyring ring;

    keyring_init(&ring);
    if (keyring_add(&ring, JWS_ALG_ANY, text, reason) == OK) {
        require(ring.count > 0 && ring.count <= KEYRING_KEYS_MAX);
        for (size_t i = 0; i < ring.count; i++)
            require(!jws_verify(ring.keys[i].key, SLICE("text"), SLICE("no signature")));
    } else {
        require(ring.count == 0);
        check_reason(reason);
    }
    keyring_clear(&ring);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest;

    if (size == 0)
        return 0;
    rest = slice_of(data + 1, size - 1);
    switch (data[0]) {
    case 'T':
        (void)verify(rest);
        break;
    case 'S':
        sign_and_verify(rest);
        break;
    case 'L':
    case 'M':
        read_claims(rest, data[0] == 'M');
        break;
    case 'K':
        read_keys(rest);
        break;
    default:
        break;
    }
    return 0;
}
