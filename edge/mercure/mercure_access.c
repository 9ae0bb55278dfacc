/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Checks the rights of Mercure requests, and writes refusals and metadata. */

#include "edge/mercure/mercure.h"

#include "edge/access/credentials.h"
#include "edge/access/origins.h"

#include <stdio.h>

/* Minimum size of a token. The reference hub asks for 48 bytes in the value of Authorization, which
 * begins with the 7 bytes of "Bearer ". */
#define TOKEN_SIZE_MIN 41

bool mercure_refuse(struct mercure_refusal *out, int status, enum mercure_code code,
                    const char *detail)
{
    out->status = status;
    out->code = code;
    (void)snprintf(out->detail, sizeof out->detail, "%s", detail);
    return false;
}

/* Fills in the refusal of a bad request. The modern dialect distinguishes errors that are all 401
 * in the older one. */
static bool refuse_request(struct mercure_refusal *out, enum mercure_dialect dialect,
                           const char *detail)
{
    if (dialect == MERCURE_MODERN)
        return mercure_refuse(out, 400, MERCURE_INVALID_REQUEST, detail);
    return mercure_refuse(out, 401, MERCURE_INVALID_TOKEN, detail);
}

static size_t count_headers(const struct http_message *message, const char *name)
{
    size_t count = 0;

    for (size_t i = 0; i < message->header_count; i++)
        count += slice_equal_nocase(message->headers[i].name, slice_str(name));
    return count;
}

static size_t count_fields(const struct form *query, const char *name)
{
    size_t count = 0;

    for (size_t i = 0; i < query->count; i++)
        count += slice_equal(query->fields[i].name, slice_str(name));
    return count;
}

/* Finds the request's token. The modern dialect does not accept a token in a URL. A token in the
 * cookie of the modern dialect makes the request modern. */
static struct credentials find_credentials(const struct access_rules *rules,
                                           const struct http_message *message,
                                           const struct form *query, enum mercure_dialect *dialect)
{
    bool modern = *dialect == MERCURE_MODERN;
    struct credentials credentials =
        credentials_find(message, modern ? NULL : query, rules->config->cookie_name);

    if (credentials.source != CREDENTIALS_NONE)
        return credentials;
    credentials = credentials_find(message, NULL, MERCURE_COOKIE);
    if (credentials.source == CREDENTIALS_COOKIE)
        *dialect = MERCURE_MODERN;
    return credentials;
}

static bool is_well_formed(const struct http_message *message, const struct form *query,
                           const struct credentials *credentials)
{
    if (credentials->token.size < TOKEN_SIZE_MIN)
        return false;
    if (credentials->source == CREDENTIALS_HEADER)
        return count_headers(message, "Authorization") == 1;
    return credentials->source != CREDENTIALS_QUERY || count_fields(query, "authorization") == 1;
}

static bool verify(const struct access_rules *rules, uint64_t unix_ms, struct slice token,
                   struct access *out, struct mercure_refusal *out_refusal)
{
    char detail[TOKEN_DETAIL_SIZE] = "";

    if (rules->verify(rules->context, unix_ms, token, &out->grants, detail) == TOKEN_OK)
        return true;
    out_refusal->status = 401;
    out_refusal->code = MERCURE_INVALID_TOKEN;
    (void)snprintf(out_refusal->detail, sizeof out_refusal->detail, "token: %s", detail);
    return false;
}

bool mercure_admit_subscriber(const struct access_rules *rules, uint64_t unix_ms,
                              const struct http_message *message, const struct form *query,
                              enum mercure_dialect dialect, struct access *out,
                              struct mercure_refusal *out_refusal)
{
    struct credentials credentials;

    *out = (struct access){.open = rules->verify == NULL};
    if (out->open)
        return true;
    credentials = find_credentials(rules, message, query, &dialect);
    if (credentials.source == CREDENTIALS_NONE)
        return rules->config->anonymous ||
               mercure_refuse(out_refusal, 401, MERCURE_NO_CODE, "token: required");
    if (!is_well_formed(message, query, &credentials))
        return refuse_request(out_refusal, dialect, "token: must be exactly one bearer token");
    return verify(rules, unix_ms, credentials.token, out, out_refusal);
}

static bool may_publish(const struct grants *grants, enum mercure_dialect dialect,
                        struct mercure_refusal *out)
{
    if (grants->lists[GRANT_PUBLISH].claimed)
        return true;
    if (dialect == MERCURE_MODERN)
        return mercure_refuse(out, 403, MERCURE_INSUFFICIENT_SCOPE,
                              "token: does not allow publishing");
    return mercure_refuse(out, 401, MERCURE_INVALID_TOKEN, "token: does not allow publishing");
}

bool mercure_admit_publisher(const struct access_rules *rules, uint64_t unix_ms,
                             const struct http_message *message, const struct form *query,
                             struct access *out, enum mercure_dialect *out_dialect,
                             struct mercure_refusal *out_refusal)
{
    struct credentials credentials;

    *out_dialect = MERCURE_LEGACY;
    *out = (struct access){.open = rules->verify == NULL};
    if (out->open)
        return true;
    credentials = find_credentials(rules, message, query, out_dialect);
    if (credentials.source == CREDENTIALS_NONE)
        return mercure_refuse(out_refusal, 401, MERCURE_NO_CODE, "token: required");
    if (!is_well_formed(message, query, &credentials))
        return refuse_request(out_refusal, *out_dialect, "token: must be exactly one bearer token");
    if (credentials.source == CREDENTIALS_COOKIE &&
        !origins_trust_page(message, rules->config->publish_origins))
        return refuse_request(out_refusal, *out_dialect,
                              "origin: with a cookie, the page's origin must be this host or one "
                              "of --publish-origins");
    if (!verify(rules, unix_ms, credentials.token, out, out_refusal))
        return false;
    if (out->grants->modern)
        *out_dialect = MERCURE_MODERN;
    return may_publish(out->grants, *out_dialect, out_refusal);
}

/* ---- errors and metadata ---- */

static bool is_host(struct slice host)
{
    for (size_t i = 0; i < host.size; i++) {
        char c = host.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

        if (!letter && (c == '\0' || strchr(".-_:[]", c) == NULL))
            return false;
    }
    return host.size > 0;
}

void mercure_write_origin(const struct http_message *message, struct buf *out)
{
    struct slice host = http_header(message, "Host");
    struct slice proto = http_header(message, "X-Forwarded-Proto");

    if (!is_host(host))
        return;
    buf_str(out, slice_equal_nocase(proto, SLICE("https")) ? "https://" : "http://");
    buf_slice(out, host);
}

void mercure_write_challenge(const struct http_message *message,
                             const struct mercure_refusal *refusal, struct buf *out)
{
    static const char *const codes[] = {
        [MERCURE_INVALID_REQUEST] = "invalid_request",
        [MERCURE_INVALID_TOKEN] = "invalid_token",
        [MERCURE_INSUFFICIENT_SCOPE] = "insufficient_scope",
    };
    const char *separator = " ";

    if (refusal->status != 401 && refusal->code == MERCURE_NO_CODE)
        return;
    buf_str(out, "WWW-Authenticate: Bearer");
    if (refusal->code != MERCURE_NO_CODE) {
        buf_printf(out, " error=\"%s\"", codes[refusal->code]);
        separator = ", ";
    }
    if (is_host(http_header(message, "Host"))) {
        buf_printf(out, "%sresource_metadata=\"", separator);
        mercure_write_origin(message, out);
        buf_str(out, MERCURE_METADATA_PATH "\"");
    }
    buf_str(out, "\r\n");
}

void mercure_write_metadata(struct slice origin, bool subscriptions, struct buf *out)
{
    buf_str(out, "{\"resource\":\"");
    buf_slice(out, origin);
    buf_str(out, MERCURE_PATH "\",\"bearer_methods_supported\":[\"header\"],"
                              "\"authorization_details_types_supported\":"
                              "[\"https://mercure.rocks/authorization-detail\"],"
                              "\"mercure_cookie\":\"" MERCURE_COOKIE "\","
                              "\"mercure_matcher_types_supported\":[\"exact\",\"urlpattern\"]");
    buf_str(out, subscriptions ? ",\"mercure_subscriptions\":true}\n" : "}\n");
}
