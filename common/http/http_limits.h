/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_HTTP_HTTP_LIMITS_H
#define BELFRY_COMMON_HTTP_HTTP_LIMITS_H

/* The limits for HTTP requests, and the error when a request exceeds one or is malformed. */

#include <stddef.h>

struct http_limits {
    size_t line;             /* bytes of the request line; 414 above it */
    size_t header_bytes;     /* bytes of all header lines; 431 above it */
    size_t header_count;     /* number of header lines; 431 above it */
    size_t body;             /* bytes of the decoded body; 413 above it */
    size_t chunk_extensions; /* bytes of all chunk extensions of a body; 400 above it */
    size_t trailers;         /* bytes of all trailer lines, which are dropped; 431 above it */
};

/* Sets the defaults: 8 KiB, 16 KiB, 100 lines, 1 MiB, 1 KiB, 4 KiB. */
void http_limits_init(struct http_limits *limits);

struct http_problem {
    int status;         /* 400, 413, 414, 417, 431, 501, 505 */
    const char *detail; /* one line; static, or owned by the parser */
};

#endif
