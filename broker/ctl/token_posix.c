/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/token.h"

#include "common/base64.h"
#include "common/clock_posix.h"
#include "common/keyfile_posix.h"
#include "common/keyring.h"
#include "common/options.h"
#include "common/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY_VARIABLE "BELFRY_JWT_KEY"

struct token_options {
    const char *publish;
    const char *subscribe;
    const char *payload;
    const char *subject;
    const char *issuer;
    const char *audience;
    uint64_t expires_ms;
    const char *key;
    int alg; /* enum jws_alg, shifted by one: 0 is JWS_ALG_ANY */
    const char *check;
};

#define TEXT_OPTION(option_name, shown, sentence)                                                  \
    {                                                                                              \
        .name = #option_name, .type = OPTION_STRING, .value = (shown), .help = (sentence),         \
        .field = offsetof(struct token_options, option_name)                                       \
    }

static const struct option options[] = {
    TEXT_OPTION(publish, "SELECTOR,...", "Topics that its bearer may publish to; * means all."),
    TEXT_OPTION(subscribe, "SELECTOR,...",
                "Topics whose private records its bearer may have; * means all."),
    TEXT_OPTION(payload, "JSON", "What presence tells of its bearer."),
    TEXT_OPTION(subject, "NAME", "Whose it is (sub)."),
    TEXT_OPTION(issuer, "NAME", "Who made it (iss)."),
    TEXT_OPTION(audience, "NAME", "Whom it is for (aud)."),
    {.name = "expires",
     .type = OPTION_DURATION,
     .fallback = "1h",
     .max = UINT64_C(100) * 365 * 86400 * 1000,
     .value = "TIME",
     .help = "How long it is valid; 0 is for ever.",
     .field = offsetof(struct token_options, expires_ms)},
    TEXT_OPTION(key, "FILE",
                "A secret, a private key in PEM, or for --check also a public key or a JWK Set. "
                "Without it the text in " KEY_VARIABLE " counts."),
    {.name = "alg",
     .type = OPTION_CHOICE,
     .fallback = "auto",
     .choices =
         "auto|HS256|HS384|HS512|RS256|RS384|RS512|PS256|PS384|PS512|ES256|ES384|ES512|EdDSA",
     .value = "ALG",
     .help = "The key's algorithm; auto: HS256, RS256, that of the curve, or EdDSA.",
     .field = offsetof(struct token_options, alg)},
    TEXT_OPTION(check, "TOKEN", "Explain this token, or with - the one on standard input."),
};

static const struct option_table table = {
    .program = "belfry token",
    .summary = "Makes a token for publishing and subscribing, or explains one.",
    .options = options,
    .count = sizeof(options) / sizeof(options[0]),
};

static int fail(int status, const char *reason)
{
    (void)fprintf(stderr, "belfry token: %s\n", reason);
    return status;
}

static int show(const struct buf *text, int status)
{
    if (!buf_ok(text) || fwrite(text->data, 1, text->size, stdout) != text->size ||
        fflush(stdout) != 0)
        return fail(1, "could not write the answer");
    return status;
}

static int show_help(void)
{
    struct buf text;
    int status;

    buf_init(&text, 65536);
    options_help(&table, &text);
    status = show(&text, 0);
    buf_clear(&text);
    return status;
}

/* ---- keys ---- */

static enum err read_key_text(const struct token_options *o, struct buf *out,
                              char reason[KEYRING_REASON_SIZE])
{
    const char *variable = getenv(KEY_VARIABLE);
    struct keyfile file;

    if (o->key[0] != '\0') {
        keyfile_init(&file, o->key);
        return keyfile_read(&file, out, reason);
    }
    if (variable == NULL || variable[0] == '\0') {
        snprintf(reason, KEYRING_REASON_SIZE,
                 "no key: name its file with --key, or put its text into " KEY_VARIABLE);
        return ERR_NOT_FOUND;
    }
    buf_str(out, variable);
    return buf_ok(out) ? OK : ERR_TOO_LARGE;
}

/* The keyring must be cleared, whatever comes of it. */
static enum err load_keys(const struct token_options *o, struct keyring *k,
                          char reason[KEYRING_REASON_SIZE])
{
    enum jws_alg alg = o->alg == 0 ? JWS_ALG_ANY : (enum jws_alg)(o->alg - 1);
    struct buf text;
    enum err err;

    keyring_init(k);
    buf_init(&text, KEYRING_TEXT_MAX);
    err = read_key_text(o, &text, reason);
    if (err == OK)
        err = keyring_add(k, alg, buf_all(&text), reason);
    buf_clear(&text);
    return err;
}

/* ---- making ---- */

static void sign(const struct keyring *k, const struct buf *claims, struct buf *token)
{
    char header[64];
    struct buf signature;

    snprintf(header, sizeof header, "{\"alg\":\"%s\",\"typ\":\"JWT\"}",
             jws_alg_info(k->keys[0].alg)->name);
    base64url_encode(token, slice_str(header));
    buf_char(token, '.');
    base64url_encode(token, buf_all(claims));
    buf_init(&signature, JWS_SIGNATURE_SIZE_MAX);
    if (jws_sign(k->keys[0].key, buf_all(token), &signature) == OK) {
        buf_char(token, '.');
        base64url_encode(token, buf_all(&signature));
    }
    buf_clear(&signature);
}

/* Signs the claims, and shows the token only when an edge with that key would take it. */
static int sign_and_show(const struct keyring *k, const struct buf *claims, uint64_t now_ms)
{
    const struct token_rules rules = {0};
    char detail[TOKEN_DETAIL_SIZE] = "";
    struct grants *grants;
    struct buf token;
    int status;

    buf_init(&token, 2 * TOKEN_SIZE_MAX);
    sign(k, claims, &token);
    if (token_verify(k, &rules, now_ms, buf_all(&token), &grants, detail) != TOKEN_OK) {
        status = fail(1, detail);
    } else {
        grants_unref(grants);
        buf_char(&token, '\n');
        status = show(&token, 0);
    }
    buf_clear(&token);
    return status;
}

static int make_with(const struct token_options *o, const struct keyring *k, struct buf *payload)
{
    uint64_t now_ms = clock_unix_ms();
    struct token_wish wish = {.publish = o->publish,
                              .subscribe = o->subscribe,
                              .subject = o->subject,
                              .issuer = o->issuer,
                              .audience = o->audience,
                              .expires_ms = o->expires_ms};
    struct buf claims;
    int status;

    if (o->payload[0] != '\0' && token_json_compact(slice_str(o->payload), payload) != OK)
        return fail(2, "--payload: no JSON");
    buf_char(payload, '\0');
    wish.payload = payload->data;
    buf_init(&claims, TOKEN_SIZE_MAX);
    if (!buf_ok(payload))
        status = fail(1, err_text(ERR_NO_MEMORY));
    else if (token_wish_claims(&wish, now_ms, &claims) != OK)
        status = fail(2, "--publish, --subscribe: an empty selector, or too many of them");
    else
        status = sign_and_show(k, &claims, now_ms);
    buf_clear(&claims);
    return status;
}

static int make(const struct token_options *o)
{
    char reason[KEYRING_REASON_SIZE];
    struct keyring k;
    struct buf payload;
    int status;

    if (o->publish[0] == '\0' && o->subscribe[0] == '\0')
        return fail(2, "a token for nothing: name topics with --publish or --subscribe");
    buf_init(&payload, TOKEN_SIZE_MAX);
    if (load_keys(o, &k, reason) != OK)
        status = fail(1, reason);
    else if (!jws_key_can_sign(k.keys[0].key))
        status = fail(1, "a public key can't sign: a secret or a private key is needed");
    else
        status = make_with(o, &k, &payload);
    buf_clear(&payload);
    keyring_clear(&k);
    return status;
}

/* ---- explaining ---- */

/* Appends "label JSON" of one part, and gives the decoded part. */
static enum err explain_part(const char *label, struct slice part, struct buf *json,
                             struct buf *out)
{
    enum err err = base64url_decode(part, json);

    buf_str(out, label);
    if (err == OK)
        err = token_json_compact(buf_all(json), out);
    if (err != OK)
        buf_str(out, "no JSON in base64url");
    buf_char(out, '\n');
    return err;
}

/* What can be said without a key. */
static void explain_parts(const struct jws *jws, uint64_t now_ms, struct buf *out)
{
    char reason[CLAIMS_REASON_SIZE];
    struct jose_header header = {.alg = JWS_ALG_ANY};
    struct claims claims;
    struct buf json;

    buf_init(&json, TOKEN_SIZE_MAX);
    if (explain_part("header     ", jws->header, &json, out) == OK &&
        claims_read_header(buf_all(&json), &header, reason) != OK)
        buf_printf(out, "           %s\n", reason);
    buf_reset(&json);
    if (explain_part("claims     ", jws->payload, &json, out) == OK) {
        if (claims_read(buf_all(&json), header.at_jwt, SLICE("http://localhost/"), &claims, reason) == OK) {
            token_explain_claims(&claims, now_ms, out);
            claims_clear(&claims);
        } else {
            buf_printf(out, "           %s\n", reason);
        }
    }
    buf_clear(&json);
}

/* Appends the verdict, and returns the exit status. */
static int judge(const struct token_options *o, struct slice token, uint64_t now_ms,
                 struct buf *out)
{
    const struct slice issuer = slice_str(o->issuer);
    const struct slice audience = slice_str(o->audience);
    const struct token_rules rules = {.issuers = &issuer,
                                      .issuer_count = issuer.size > 0,
                                      .audiences = &audience,
                                      .audience_count = audience.size > 0};
    char reason[KEYRING_REASON_SIZE];
    struct grants *grants = NULL;
    enum token_error error;
    struct keyring k;

    if (load_keys(o, &k, reason) != OK) {
        buf_printf(out, "verdict    signature not checked: %s\n", reason);
        keyring_clear(&k);
        return 1;
    }
    error = token_verify(&k, &rules, now_ms, token, &grants, reason);
    if (error == TOKEN_OK)
        buf_str(out, "verdict    valid\n");
    else
        buf_printf(out, "verdict    not valid (%s): %s\n", token_error_text(error), reason);
    grants_unref(grants);
    keyring_clear(&k);
    return error == TOKEN_OK ? 0 : 1;
}

static int explain(const struct token_options *o, struct slice token)
{
    uint64_t now_ms = clock_unix_ms();
    struct jws jws;
    struct buf text;
    int status;

    buf_init(&text, (size_t)16 * TOKEN_SIZE_MAX);
    if (jws_split(token, &jws) == OK)
        explain_parts(&jws, now_ms, &text);
    status = judge(o, token, now_ms, &text);
    status = show(&text, status);
    buf_clear(&text);
    return status;
}

/* The token on standard input, without the white space around it. */
static int explain_input(const struct token_options *o)
{
    char bytes[4096];
    struct buf text;
    struct slice token;
    ssize_t count;
    int status;

    buf_init(&text, TOKEN_SIZE_MAX + 1024);
    while ((count = read(STDIN_FILENO, bytes, sizeof bytes)) > 0)
        buf_append(&text, bytes, (size_t)count);
    token = buf_all(&text);
    while (token.size > 0 && strchr(" \t\r\n", token.data[token.size - 1]) != NULL)
        token.size--;
    while (token.size > 0 && strchr(" \t\r\n", token.data[0]) != NULL)
        token = slice_of(token.data + 1, token.size - 1);
    status = explain(o, token);
    buf_clear(&text);
    return status;
}

int token_main(int argc, char **argv)
{
    char reason[OPTIONS_REASON_SIZE];
    struct token_options o;
    int operands = 0;
    bool help = false;

    options_defaults(&table, &o);
    if (options_arguments(&table, &o, argc, argv, &operands, &help, reason) != OK)
        return fail(2, reason);
    if (help)
        return show_help();
    if (operands > 0) {
        (void)snprintf(reason, sizeof(reason), "unexpected argument \"%.200s\"", argv[0]);
        return fail(2, reason);
    }
    if (o.check[0] == '\0')
        return make(&o);
    return strcmp(o.check, "-") == 0 ? explain_input(&o) : explain(&o, slice_str(o.check));
}
