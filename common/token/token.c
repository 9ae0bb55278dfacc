/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/token/token.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const texts[] = {
#define X(name, text) [name] = (text),
    TOKEN_ERROR_MAP(X)
#undef X
};

const char *token_error_text(enum token_error error)
{
    return texts[error];
}

enum token_error token_check_header(const struct jose_header *header,
                                    char detail[TOKEN_DETAIL_SIZE])
{
    if (header->critical) {
        snprintf(detail, TOKEN_DETAIL_SIZE,
                 "crit: the token requires an extension that is not supported");
        return TOKEN_MALFORMED;
    }
    if (header->alg == JWS_ALG_ANY) {
        snprintf(detail, TOKEN_DETAIL_SIZE, "alg: missing or not supported; tokens must be signed");
        return TOKEN_ALGORITHM;
    }
    return TOKEN_OK;
}

bool token_expired(uint64_t exp_ms, uint64_t leeway_ms, uint64_t now_ms)
{
    return exp_ms != GRANTS_FOREVER && now_ms >= leeway_ms && now_ms - leeway_ms >= exp_ms;
}

static bool is_one_of(struct slice text, const struct slice *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text.data != NULL && slice_equal(text, list[i]))
            return true;
    }
    return false;
}

static bool has_audience(const struct claims *c, const struct token_rules *rules)
{
    for (size_t i = 0; i < c->audience_count; i++) {
        if (is_one_of(c->audiences[i], rules->audiences, rules->audience_count))
            return true;
    }
    return false;
}

static enum token_error check_times(const struct claims *c, const struct token_rules *rules,
                                    uint64_t now_ms, char detail[TOKEN_DETAIL_SIZE])
{
    if (token_expired(c->exp_ms, rules->leeway_ms, now_ms)) {
        snprintf(detail, TOKEN_DETAIL_SIZE, "exp: the token expired %" PRIu64 " s ago",
                 (now_ms - c->exp_ms) / 1000);
        return TOKEN_EXPIRED;
    }
    if (c->nbf_ms > now_ms && c->nbf_ms - now_ms > rules->leeway_ms) {
        snprintf(detail, TOKEN_DETAIL_SIZE, "nbf: the token is not valid for another %" PRIu64 " s",
                 (c->nbf_ms - now_ms) / 1000 + 1);
        return TOKEN_EARLY;
    }
    return TOKEN_OK;
}

enum token_error token_check_claims(const struct claims *c, bool at_jwt,
                                    const struct token_rules *rules, uint64_t now_ms,
                                    char detail[TOKEN_DETAIL_SIZE])
{
    enum token_error error = check_times(c, rules, now_ms, detail);

    if (error != TOKEN_OK)
        return error;
    if (at_jwt && c->grants->modern && !c->has_exp) {
        snprintf(detail, TOKEN_DETAIL_SIZE,
                 "exp: missing; a token with authorization_details must expire");
        return TOKEN_CLAIMS;
    }
    if (rules->issuer_count > 0 && !is_one_of(c->issuer, rules->issuers, rules->issuer_count)) {
        snprintf(detail, TOKEN_DETAIL_SIZE, "iss: %s",
                 c->issuer.data == NULL ? "missing; only tokens of known issuers are accepted"
                                        : "tokens of this issuer are not accepted");
        return TOKEN_ISSUER;
    }
    if (rules->audience_count > 0 && !has_audience(c, rules)) {
        snprintf(detail, TOKEN_DETAIL_SIZE, "aud: %s",
                 c->audience_count == 0 ? "missing; only tokens for this hub are accepted"
                                        : "the token is not for this hub");
        return TOKEN_AUDIENCE;
    }
    return TOKEN_OK;
}
