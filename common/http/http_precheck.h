/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_HTTP_HTTP_PRECHECK_H
#define BELFRY_COMMON_HTTP_HTTP_PRECHECK_H

/* Checks the lines of a request's head, and its limits, before a more lenient parser sees it. */

#include "common/base/slice.h"
#include "common/http/http_limits.h"

#include <stdbool.h>
#include <stddef.h>

enum http_precheck_place {
    HTTP_PRECHECK_START,   /* before the request; allows one empty line (RFC 9112, section 2.2) */
    HTTP_PRECHECK_LINE,    /* in the request line */
    HTTP_PRECHECK_HEADERS, /* in the header lines */
    HTTP_PRECHECK_PASSED,  /* after the empty line that ends the head */
};

struct http_precheck {
    const struct http_limits *limits;
    enum http_precheck_place place;
    bool cr;           /* the last byte was a CR */
    bool blank;        /* an empty line preceded the request line */
    char last;         /* last byte of this line */
    unsigned spaces;   /* spaces in the request line so far */
    size_t column;     /* bytes of this line so far */
    size_t head_bytes; /* bytes of the header lines so far */
    size_t lines;      /* header lines so far */
};

/* Prepares for a request. `limits` must outlive `g`. */
void http_precheck_init(struct http_precheck *g, const struct http_limits *limits);

/* Checks the next bytes. Returns the number of valid bytes that belong to the head. If the byte
 * after them is invalid, sets *out_problem; http_precheck_scan() must then not be called again. */
size_t http_precheck_scan(struct http_precheck *g, struct slice bytes,
                          struct http_problem *out_problem);

/* Returns true once the end of the head has been found. */
static inline bool http_precheck_passed(const struct http_precheck *g)
{
    return g->place == HTTP_PRECHECK_PASSED;
}

#endif
