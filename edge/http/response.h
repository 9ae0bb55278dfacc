/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_HTTP_RESPONSE_H
#define BELFRY_EDGE_HTTP_RESPONSE_H

/* Writes HTTP responses. Pure: the caller supplies the date. */

#include "common/base/buf.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct response {
    int status;
    const char *type;    /* Content-Type, or NULL: none */
    struct slice body;   /* Content-Length is always sent, except with 204 and 304 */
    bool head_only;      /* answers HEAD: Content-Length as for GET, but no body */
    bool close;          /* adds Connection: close */
    unsigned allow;      /* enum method bits for Allow, 0: none */
    uint32_t retry_secs; /* Retry-After, 0: none */
    const char *date;    /* Date, or NULL: none */
    const char *extra;   /* more header lines, each with CR LF; or NULL */
};

/* Appends the response to `out`. */
void response_write(struct buf *out, const struct response *response);

/* An error (RFC 9457). The document's `type` is /problems/<name>; the name depends on the status
 * and never changes (problem_name()). A detail "field: words" also adds a member `field`. */
struct problem {
    int status;
    const char *detail; /* one line of UTF-8 */
    struct slice more;  /* further members, as in `,"last":"k3f9x2-7"`; or absent */
};

/* Appends an application/problem+json response. Status, type and body of `response` are ignored. */
void response_problem(struct buf *out, const struct response *response,
                      const struct problem *problem);

/* Appends only the document. */
void problem_document(struct buf *out, const struct problem *problem);

/* Returns the name of a problem, like "not-found"; "error" for an unknown status. */
const char *problem_name(int status);

/* Returns true for a name that problem_name() returns for some status. */
bool problem_is_name(struct slice name);

/* Appends the head of an event stream. The stream ends with the connection, since proxies delay
 * chunks. `extra`: more header lines, each with CR LF; or NULL. */
void response_stream(struct buf *out, const char *extra);

/* Returns the reason phrase of a status, like "Not Found"; "Error" for an unknown one. */
const char *status_text(int status);

#endif
