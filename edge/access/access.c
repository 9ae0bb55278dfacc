/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/access/access.h"

#include "edge/access/credentials.h"
#include "edge/access/origins.h"

#include <stdio.h>

/* A stream ends this long before its token expires, so that the client can reconnect with a new
 * one in time. */
#define EARLY_MS_MIN 1000
#define EARLY_MS_MAX 5000

static bool refuse(struct access_refusal *out, int status, bool bad_token, const char *detail)
{
    out->status = status;
    out->bad_token = bad_token;
    (void)snprintf(out->detail, sizeof out->detail, "%s", detail);
    return false;
}

static bool verify(const struct access_rules *rules, uint64_t unix_ms, struct slice token,
                   struct access *out, struct access_refusal *out_refusal)
{
    char detail[TOKEN_DETAIL_SIZE] = "not a bearer token";

    if (token.size > 0 &&
        rules->verify(rules->context, unix_ms, token, &out->grants, detail) == TOKEN_OK)
        return true;
    out_refusal->status = 401;
    out_refusal->bad_token = true;
    (void)snprintf(out_refusal->detail, sizeof out_refusal->detail, "token: %s", detail);
    return false;
}

bool access_check(const struct access_rules *rules, uint64_t unix_ms,
                  const struct http_message *message, const struct form *query,
                  enum access_need need, bool writes, struct access *out,
                  struct access_refusal *out_refusal)
{
    struct credentials credentials;

    *out = (struct access){.open = rules->verify == NULL};
    if (out->open)
        return true;
    credentials = credentials_find(message, query, rules->config->cookie_name);
    if (credentials.source == CREDENTIALS_NONE && need == ACCESS_LISTEN && rules->config->anonymous)
        return true;
    if (credentials.source == CREDENTIALS_NONE)
        return refuse(out_refusal, 401, false, "token: required");
    if (credentials.source == CREDENTIALS_COOKIE && writes &&
        !origins_trust_page(message, rules->config->publish_origins))
        return refuse(out_refusal, 403, false,
                      "origin: with a cookie, the page's origin must be this host or one of "
                      "--publish-origins");
    return verify(rules, unix_ms, credentials.token, out, out_refusal);
}

void access_clear(struct access *a)
{
    grants_unref(a->grants);
    a->grants = NULL;
}

bool access_listens(const struct access *a, struct slice topic)
{
    return a->open || (a->grants != NULL && grants_subscribe(a->grants, topic));
}

struct slice access_subject(const struct grants *grants)
{
    return grants == NULL ? (struct slice){NULL, 0} : grants->subject;
}

uint64_t access_expiry(const struct grants *grants, uint64_t now_ms, uint64_t unix_ms,
                       uint32_t random)
{
    uint64_t left;
    uint64_t early = EARLY_MS_MIN + random % (EARLY_MS_MAX - EARLY_MS_MIN + 1);

    if (grants == NULL || grants->exp_ms == GRANTS_FOREVER)
        return 0;
    left = grants->exp_ms > unix_ms ? grants->exp_ms - unix_ms : 0;
    if (early > left / 4)
        early = left / 4; /* streams with short tokens last most of their time */
    if (left > UINT64_MAX / 2)
        return 0;
    return now_ms + left - early + 1; /* 0 would mean never */
}
