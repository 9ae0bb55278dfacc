/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_HTTP_HTTP_LIMITS_H
#define BELFRY_COMMON_HTTP_HTTP_LIMITS_H

/* How much of an HTTP request is taken, and what is said when it is too much or wrong. Pure
 * data. */

#include <stddef.h>

struct http_limits {
    size_t line;             /* bytes of the request line, beyond it 414 */
    size_t header_bytes;     /* bytes of all header lines, beyond it 431 */
    size_t header_count;     /* header lines, beyond it 431 */
    size_t body;             /* bytes of the decoded body, beyond it 413 */
    size_t chunk_extensions; /* bytes of all chunk extensions of a body, beyond it 400 */
    size_t trailers;         /* bytes of all trailer lines (they are dropped), beyond it 431 */
};

/* 8 KiB, 16 KiB, 100, 1 MiB, 1 KiB, 4 KiB. */
void http_limits_init(struct http_limits *limits);

struct http_problem {
    int status;         /* 400, 413, 414, 417, 431, 501, 505 */
    const char *detail; /* one line; static, or in the parser that found it */
};

#endif
