/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_HTTP_HTTP_PRECHECK_H
#define BELFRY_COMMON_HTTP_HTTP_PRECHECK_H

/* Looks at the bytes of a request's head before a lenient parser does: it knows lines and nothing
 * else, and refuses what is no clean line, or too much. Pure. */

#include "common/base/slice.h"
#include "common/http/http_limits.h"

#include <stdbool.h>
#include <stddef.h>

enum http_precheck_place {
    HTTP_PRECHECK_START,   /* before the request line; one empty line may come (RFC 9112, 2.2) */
    HTTP_PRECHECK_LINE,    /* in the request line */
    HTTP_PRECHECK_HEADERS, /* in the header lines */
    HTTP_PRECHECK_PASSED,  /* behind the head's empty line */
};

struct http_precheck {
    const struct http_limits *limits;
    enum http_precheck_place place;
    bool cr;           /* the last byte was a CR */
    bool blank;        /* an empty line came before the request line */
    char last;         /* last byte of this line */
    unsigned spaces;   /* of the request line */
    size_t column;     /* bytes of this line so far */
    size_t head_bytes; /* bytes of the header lines so far */
    size_t lines;      /* header lines so far */
};

/* `limits` must outlive the guard. */
void http_precheck_init(struct http_precheck *g, const struct http_limits *limits);

/* Looks at the next bytes; returns how many of them are good and belong to the head. *out_problem
 * is set when the next one is not good: then the guard is done. */
size_t http_precheck_scan(struct http_precheck *g, struct slice bytes,
                          struct http_problem *out_problem);

/* Whether the head's end has been seen. */
static inline bool http_precheck_passed(const struct http_precheck *g)
{
    return g->place == HTTP_PRECHECK_PASSED;
}

#endif
