/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_ACCESS_CREDENTIALS_H
#define BELFRY_EDGE_ACCESS_CREDENTIALS_H

/* Where the token of a request is. Pure; verifying it is edge/access/token_verifier_openssl.h. */

#include "common/base/slice.h"
#include "common/http/http_parser.h"
#include "edge/http/request.h"

#define CREDENTIALS_COOKIE_DEFAULT "mercureAuthorization"

enum credentials_source {
    CREDENTIALS_NONE,
    CREDENTIALS_HEADER, /* Authorization: Bearer … */
    CREDENTIALS_QUERY,  /* authorization=…, for EventSource */
    CREDENTIALS_COOKIE, /* which browsers send by themselves: see origins_trust_page() */
};

struct credentials {
    enum credentials_source source;
    struct slice
        token; /* empty: there is something that is no bearer token; it is not valid then */
};

/* The request's token. The first source that is there counts, even when it holds no good token: header, query,
 * cookie. `query` may be NULL: not looked at. The text points into the message or the query. */
struct credentials credentials_find(const struct http_message *message, const struct form *query,
                                    const char *cookie_name);

#endif
