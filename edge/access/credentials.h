/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_ACCESS_CREDENTIALS_H
#define BELFRY_EDGE_ACCESS_CREDENTIALS_H

/* Finds the token of a request. edge/access/token_verifier_openssl.h verifies it. Pure. */

#include "common/base/slice.h"
#include "common/http/http_parser.h"
#include "edge/http/request.h"

#define CREDENTIALS_COOKIE_DEFAULT "mercureAuthorization"

enum credentials_source {
    CREDENTIALS_NONE,
    CREDENTIALS_HEADER, /* Authorization: Bearer … */
    CREDENTIALS_QUERY,  /* authorization=…, for EventSource */
    CREDENTIALS_COOKIE, /* browsers send it unasked: see origins_trust_page() */
};

struct credentials {
    enum credentials_source source;
    struct slice token; /* empty: not a bearer token, so not valid */
};

/* Returns the request's token, from the first source that is present, even if its token is not
 * valid: header, query, cookie. `query` may be NULL: it is ignored then. The result points into
 * the message or the query. */
struct credentials credentials_find(const struct http_message *message, const struct form *query,
                                    const char *cookie_name);

#endif
