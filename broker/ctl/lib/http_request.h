/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_HTTP_REQUEST_H
#define BELFRY_BROKER_CTL_LIB_HTTP_REQUEST_H

/* Writes HTTP requests to an edge or a proxy at a URL. Pure. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

#define HTTP_TARGET_HOST_SIZE 256
#define HTTP_TARGET_PATH_SIZE 1024

struct http_target {
    bool tls;
    char host[HTTP_TARGET_HOST_SIZE]; /* host to connect to; IPv6 without brackets */
    char port[8];
    char authority[HTTP_TARGET_HOST_SIZE + 16]; /* for the Host header */
    char path[HTTP_TARGET_PATH_SIZE];           /* prefix of "/subscribe": "" or "/prefix" */
};

#define HTTP_TARGET_REASON_SIZE 160

/* Parses a URL; without a scheme it is http. Returns ERR_INVALID with a reason if it is not a URL,
 * has another scheme, or has a query. */
MUST_CHECK enum err http_target_parse(const char *url, struct http_target *out,
                                      char reason[HTTP_TARGET_REASON_SIZE]);

/* Appends "&name=value", percent-encoded, for queries and forms. The first field has no "&". */
void http_request_field(struct buf *out, const char *name, struct slice value);

/* A request: head and body. */
struct http_request {
    const char *method;
    const char *path;   /* appended to the target's path */
    struct slice query; /* encoded query; empty = none */
    const char *type;   /* content type of the body; NULL = no body */
    struct slice body;
    struct slice token;  /* token for Authorization; empty = none */
    const char *headers; /* further header lines, each with CR LF, or NULL */
};

/* Appends the bytes of the request. The token must be one that http_request_token() accepts. */
void http_request_write(struct buf *out, const struct http_target *target,
                        const struct http_request *request);

/* Sets *out to the token in a text from outside, without the white space around it. Returns
 * ERR_INVALID if a header cannot contain it. */
MUST_CHECK enum err http_request_token(struct slice text, struct slice *out);

#endif
