/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_HTTP_HTTP_GUARD_H
#define BELFRY_COMMON_HTTP_HTTP_GUARD_H

/* Looks at the bytes of a request's head before a lenient parser does: it knows lines and nothing
 * else, and refuses what is no clean line, or too much. Pure. */

#include "common/base/slice.h"
#include "common/http/http_limits.h"

#include <stdbool.h>
#include <stddef.h>

enum http_guard_place {
    HTTP_GUARD_START,   /* before the request line; one empty line is let through (RFC 9112, 2.2) */
    HTTP_GUARD_LINE,    /* in the request line */
    HTTP_GUARD_HEADERS, /* in the header lines */
    HTTP_GUARD_PASSED,  /* behind the head's empty line */
};

struct http_guard {
    const struct http_limits *limits;
    enum http_guard_place place;
    bool cr;           /* the last byte was a CR */
    bool blank;        /* an empty line came before the request line */
    char last;         /* last byte of this line */
    unsigned spaces;   /* of the request line */
    size_t column;     /* bytes of this line so far */
    size_t head_bytes; /* bytes of the header lines so far */
    size_t lines;      /* header lines so far */
};

/* `limits` must outlive the guard. */
void http_guard_init(struct http_guard *g, const struct http_limits *limits);

/* Looks at the next bytes; returns how many of them are good and belong to the head. *out_problem
 * is set when the next one is not good: then the guard is done. */
size_t http_guard_scan(struct http_guard *g, struct slice bytes, struct http_problem *out_problem);

/* Whether the head's end has been seen. */
static inline bool http_guard_passed(const struct http_guard *g)
{
    return g->place == HTTP_GUARD_PASSED;
}

#endif
