/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_TESTS_LIB_REQUEST_HEADERS_H
#define BELFRY_TESTS_LIB_REQUEST_HEADERS_H

/* Makes a request that has only headers. */

#include "common/http/http_parser.h"

struct request {
    struct http_message message;
    struct http_header headers[4];
};

/* `pairs`: name, value, ..., NULL. */
static inline const struct http_message *with(struct request *r, const char *const *pairs)
{
    r->message = (struct http_message){.headers = r->headers};
    for (size_t i = 0; pairs[i] != NULL; i += 2)
        r->headers[r->message.header_count++] =
            (struct http_header){slice_str(pairs[i]), slice_str(pairs[i + 1])};
    return &r->message;
}

#define WITH(r, ...) with((r), (const char *const[]){__VA_ARGS__, NULL})

#endif
