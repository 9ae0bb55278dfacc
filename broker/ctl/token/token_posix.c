/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/token/token.h"

#include "broker/ctl/lib/cli_posix.h"
#include "broker/ctl/lib/http_request.h"
#include "common/base/base64.h"
#include "common/process/clock_posix.h"
#include "common/token/keyring.h"
#include "common/token/token.h"
#include "common/token/watched_file_posix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_VARIABLE "BELFRY_JWT_KEY"
#define VERDICT_REASON_SIZE (KEYRING_REASON_SIZE + 80)

struct token_options {
    const char *publish;
    const char *subscribe;
    bool admin;
    const char *payload;
    const char *subject;
    const char *issuer;
    const char *audience;
    uint64_t expires_ms;
    const char *key;
    int alg; /* enum jws_alg plus one; 0 = JWS_ALG_ANY */
    const char *check;
    bool json;
};

#define TEXT_OPTION(option_name, shown, sentence)                                                  \
    {.name = #option_name,                                                                         \
     .type = OPTION_STRING,                                                                        \
     .value = (shown),                                                                             \
     .help = (sentence),                                                                           \
     .field = offsetof(struct token_options, option_name)}

static const struct option options[] = {
    TEXT_OPTION(publish, "SELECTOR,...", "Topics that the bearer may publish to; * = all."),
    TEXT_OPTION(subscribe, "SELECTOR,...",
                "Topics whose private records the bearer may receive; * = all."),
    {.name = "admin",
     .type = OPTION_FLAG,
     .help = "Allow the operators' commands at /admin.",
     .field = offsetof(struct token_options, admin)},
    TEXT_OPTION(payload, "JSON", "Data about the bearer that presence shows."),
    TEXT_OPTION(subject, "NAME", "Subject (sub): the bearer."),
    TEXT_OPTION(issuer, "NAME", "Issuer (iss)."),
    TEXT_OPTION(audience, "NAME", "Audience (aud)."),
    {.name = "expires",
     .type = OPTION_DURATION,
     .fallback = "1h",
     .max = UINT64_C(100) * 365 * 86400 * 1000,
     .value = "TIME",
     .help = "Time until the token expires; 0 = never.",
     .field = offsetof(struct token_options, expires_ms)},
    TEXT_OPTION(key, "FILE",
                "File of a secret or a private key (PEM); for --check also a public key or JWK "
                "Set. The default is the text in " KEY_VARIABLE "."),
    {.name = "alg",
     .type = OPTION_CHOICE,
     .fallback = "auto",
     .choices =
         "auto|HS256|HS384|HS512|RS256|RS384|RS512|PS256|PS384|PS512|ES256|ES384|ES512|EdDSA",
     .value = "ALG",
     .help = "Algorithm of the key; auto = HS256, RS256, the one of the curve, or EdDSA.",
     .field = offsetof(struct token_options, alg)},
    TEXT_OPTION(check, "TOKEN", "Explain this token; - = read it from standard input."),
    CLI_JSON_OPTION(struct token_options),
};

static const struct cli_command command = {
    .table = {.program = "belfry token",
              .summary = "Makes a token for publishing and subscribing, or explains one.",
              .options = options,
              .count = sizeof(options) / sizeof(options[0])},
    .examples =
        "  belfry keygen token.key\n"
        "  belfry token --key token.key --publish 'room/{id}' --subscribe '*' --expires 8h\n"
        "  BELFRY_TOKEN=$(belfry token --key token.key --publish '*') belfry publish news hello\n"
        "  belfry token --key token.key --check eyJhbGciOi...\n",
};

static int fail(int status, const char *reason)
{
    return cli_fail(&command, status, "%s", reason);
}

static int show(const struct buf *text, int status)
{
    return cli_show(&command, text, status);
}

/* ---- keys ---- */

static enum err read_key_text(const struct token_options *o, struct buf *out,
                              char reason[KEYRING_REASON_SIZE])
{
    const char *variable = getenv(KEY_VARIABLE);
    struct watched_file file;

    if (o->key[0] != '\0') {
        watched_file_init(&file, o->key);
        return watched_file_read(&file, out, reason);
    }
    if (variable == NULL || variable[0] == '\0') {
        snprintf(reason, KEYRING_REASON_SIZE,
                 "no key: give its file with --key, or its text in " KEY_VARIABLE);
        return ERR_NOT_FOUND;
    }
    buf_str(out, variable);
    return buf_ok(out) ? OK : ERR_TOO_LARGE;
}

/* The caller clears the keyring, even after an error. */
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

static int show_token(struct buf *token, bool json)
{
    struct buf text;
    int status;

    buf_init(&text, (size_t)4 * TOKEN_SIZE_MAX);
    buf_str(&text, json ? "{\"token\":\"" : "");
    buf_slice(&text, buf_all(token));
    buf_str(&text, json ? "\"}\n" : "\n");
    status = show(&text, 0);
    buf_clear(&text);
    return status;
}

/* Signs the claims, and shows the token only if an edge with that key would accept it. */
static int sign_and_show(const struct token_options *o, const struct keyring *k,
                         const struct buf *claims, uint64_t now_ms)
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
        status = show_token(&token, o->json);
    }
    buf_clear(&token);
    return status;
}

static int make_with(const struct token_options *o, const struct keyring *k, struct buf *payload)
{
    uint64_t now_ms = clock_unix_ms();
    struct token_fields fields = {.publish = o->publish,
                                  .subscribe = o->subscribe,
                                  .admin = o->admin,
                                  .subject = o->subject,
                                  .issuer = o->issuer,
                                  .audience = o->audience,
                                  .expires_ms = o->expires_ms};
    struct buf claims;
    int status;

    if (o->payload[0] != '\0' && token_explain_json(slice_str(o->payload), payload) != OK)
        return fail(2, "--payload: must be JSON");
    buf_char(payload, '\0');
    fields.payload = payload->data;
    buf_init(&claims, TOKEN_SIZE_MAX);
    if (!buf_ok(payload))
        status = fail(1, err_text(ERR_NO_MEMORY));
    else if (token_build_claims(&fields, now_ms, &claims) != OK)
        status = fail(2, "--publish, --subscribe: empty selector, or too many selectors");
    else
        status = sign_and_show(o, k, &claims, now_ms);
    buf_clear(&claims);
    return status;
}

static int make(const struct token_options *o)
{
    char reason[KEYRING_REASON_SIZE];
    struct keyring k;
    struct buf payload;
    int status;

    if (o->publish[0] == '\0' && o->subscribe[0] == '\0' && !o->admin)
        return fail(2, "the token would allow nothing; give topics with --publish or --subscribe, "
                       "or --admin");
    buf_init(&payload, TOKEN_SIZE_MAX);
    if (load_keys(o, &k, reason) != OK)
        status = fail(1, reason);
    else if (!jws_key_can_sign(k.keys[0].key))
        status = fail(1, "a public key cannot sign; give a secret or a private key");
    else
        status = make_with(o, &k, &payload);
    buf_clear(&payload);
    keyring_clear(&k);
    return status;
}

/* ---- explaining ---- */

/* Appends a line of one part as JSON, and sets `json` to the decoded part. */
static enum err explain_part(const char *label, struct slice part, struct buf *json,
                             struct buf *out)
{
    enum err err = base64url_decode(part, json);

    buf_str(out, label);
    if (err == OK)
        err = token_explain_json(buf_all(json), out);
    if (err != OK)
        buf_str(out, "not JSON in base64url");
    buf_char(out, '\n');
    return err;
}

/* Explains what is known without a key. */
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
        if (claims_read(buf_all(&json), header.at_jwt, SLICE("http://localhost/"), &claims,
                        reason) == OK) {
            token_explain_claims(&claims, now_ms, out);
            claims_clear(&claims);
        } else {
            buf_printf(out, "           %s\n", reason);
        }
    }
    buf_clear(&json);
}

enum verdict { VERDICT_VALID, VERDICT_NOT_VALID, VERDICT_UNKNOWN };

/* Verifies the token. `reason` explains the verdict. */
static enum verdict judge(const struct token_options *o, struct slice token, uint64_t now_ms,
                          char reason[VERDICT_REASON_SIZE])
{
    const struct slice issuer = slice_str(o->issuer);
    const struct slice audience = slice_str(o->audience);
    const struct token_rules rules = {.issuers = &issuer,
                                      .issuer_count = issuer.size > 0,
                                      .audiences = &audience,
                                      .audience_count = audience.size > 0};
    char why[KEYRING_REASON_SIZE] = "";
    struct grants *grants = NULL;
    enum token_error error;
    enum verdict verdict = VERDICT_UNKNOWN;
    struct keyring k;

    if (load_keys(o, &k, why) != OK) {
        snprintf(reason, VERDICT_REASON_SIZE, "signature not checked: %s", why);
    } else {
        error = token_verify(&k, &rules, now_ms, token, &grants, why);
        verdict = error == TOKEN_OK ? VERDICT_VALID : VERDICT_NOT_VALID;
        snprintf(reason, VERDICT_REASON_SIZE, "not valid (%s): %s", token_error_text(error), why);
    }
    if (verdict == VERDICT_VALID)
        snprintf(reason, VERDICT_REASON_SIZE, "valid");
    grants_unref(grants);
    keyring_clear(&k);
    return verdict;
}

/* Appends a part as JSON, or null if it is not JSON in base64url. */
static void put_part(struct slice part, struct buf *out)
{
    struct buf json;
    struct buf compact;

    buf_init(&json, TOKEN_SIZE_MAX);
    buf_init(&compact, (size_t)8 * TOKEN_SIZE_MAX);
    if (base64url_decode(part, &json) == OK && token_explain_json(buf_all(&json), &compact) == OK)
        buf_slice(out, buf_all(&compact));
    else
        buf_str(out, "null");
    buf_clear(&compact);
    buf_clear(&json);
}

static void put_json(const struct jws *jws, enum verdict verdict, const char *reason,
                     struct buf *out)
{
    static const char *const valid[] = {"true", "false", "null"};

    buf_str(out, "{\"header\":");
    put_part(jws->header, out);
    buf_str(out, ",\"claims\":");
    put_part(jws->payload, out);
    buf_printf(out, ",\"valid\":%s,\"verdict\":", valid[verdict]);
    buf_json_string(out, slice_str(reason));
    buf_str(out, "}\n");
}

static int explain(const struct token_options *o, struct slice token)
{
    uint64_t now_ms = clock_unix_ms();
    char reason[VERDICT_REASON_SIZE];
    enum verdict verdict = judge(o, token, now_ms, reason);
    struct jws jws = {.header = {NULL, 0}};
    bool parts = jws_split(token, &jws) == OK;
    struct buf text;
    int status;

    buf_init(&text, (size_t)16 * TOKEN_SIZE_MAX);
    if (o->json) {
        put_json(&jws, verdict, reason, &text);
    } else {
        if (parts)
            explain_parts(&jws, now_ms, &text);
        buf_printf(&text, "verdict    %s\n", reason);
    }
    status = show(&text, verdict == VERDICT_VALID ? 0 : 1);
    buf_clear(&text);
    return status;
}

/* Explains the token on standard input, without the white space around it. */
static int explain_input(const struct token_options *o)
{
    struct buf text;
    struct slice token;
    int status;

    buf_init(&text, TOKEN_SIZE_MAX + 1024);
    if (cli_read_input(&text) != OK || http_request_token(buf_all(&text), &token) != OK)
        token = buf_all(&text); /* the verdict reports that this is not a token */
    status = explain(o, token);
    buf_clear(&text);
    return status;
}

int token_main(int argc, char **argv)
{
    struct token_options o;
    int operands;
    int status;

    if (!cli_begin(&command, &o, argc, argv, &operands, &status))
        return status;
    if (o.check[0] == '\0')
        return make(&o);
    return strcmp(o.check, "-") == 0 ? explain_input(&o) : explain(&o, slice_str(o.check));
}
