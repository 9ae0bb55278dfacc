/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_ACCESS_AUTH_H
#define BELFRY_EDGE_ACCESS_AUTH_H

/* Where a request's token is, and what the request's Origin allows: CSRF and CORS. Pure; verifying a token is
 * edge/access/token_verifier_openssl.h. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/http/http_parser.h"
#include "edge/http/request.h"

#include <stdbool.h>
#include <stddef.h>

#define AUTH_COOKIE_DEFAULT "mercureAuthorization"

enum auth_source {
    AUTH_NONE,
    AUTH_HEADER, /* Authorization: Bearer … */
    AUTH_QUERY,  /* authorization=…, for EventSource */
    AUTH_COOKIE, /* which browsers send by themselves: see auth_origin_trusted() */
};

struct auth_token {
    enum auth_source source;
    struct slice text; /* empty: there is something that is no bearer token; it is not valid then */
};

/* The request's token. The first source that is there counts, even when it holds no good token: header, query,
 * cookie. `query` may be NULL: not looked at. The text points into the message or the query. */
struct auth_token auth_find(const struct http_message *message, const struct form *query,
                            const char *cookie_name);

/* Whether a comma-separated list has the origin ("https://example.org", case does not matter). */
bool origins_have(const char *origins, struct slice origin);

/* Whether a list of origins has an entry "*". */
bool origins_any(const char *origins);

/* ERR_INVALID: an entry is neither "*" nor scheme://host[:port]; *out_bad is that entry. */
MUST_CHECK enum err origins_check(const char *origins, struct slice *out_bad);

/* Whether a request that a browser may have sent by itself, with its cookies, comes from a page that we trust:
 * its Origin, else its Referer, is in the list or is this very host. Without both it is not trusted. */
bool auth_origin_trusted(const struct http_message *message, const char *origins);

/* Appends the CORS header lines of a response: nothing when the request has no Origin and the list is empty.
 * `*` stands for any origin, without credentials; the origins that the list names get them. */
void cors_write(const struct http_message *message, const char *origins, struct buf *out);

/* Appends those of the answer to a preflight request, beside cors_write()'s; nothing when it is none.
 * `methods`: enum method bits. */
void cors_write_preflight(const struct http_message *message, const char *origins, unsigned methods,
                          struct buf *out);

#endif
