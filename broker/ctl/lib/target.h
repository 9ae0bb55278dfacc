/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_TARGET_H
#define BELFRY_BROKER_CTL_LIB_TARGET_H

/* Where an edge's HTTP is, of the URL that people write: http://127.0.0.1:8080,
 * https://example.org/hub. Pure. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

#define TARGET_HOST_SIZE 256
#define TARGET_PATH_SIZE 1024

struct target {
    bool tls;
    char host[TARGET_HOST_SIZE]; /* to connect to: without the brackets of IPv6 */
    char port[8];
    char authority[TARGET_HOST_SIZE + 16]; /* for the Host header */
    char path[TARGET_PATH_SIZE];           /* what stands before "/subscribe": "" or "/prefix" */
};

#define TARGET_REASON_SIZE 160

/* A URL without a scheme is http. ERR_INVALID with a reason: no such URL, another scheme, a
 * query. */
MUST_CHECK enum err target_parse(const char *url, struct target *out,
                                 char reason[TARGET_REASON_SIZE]);

/* Appends "&name=value" (or without the & when it is the first), percent-encoded: for queries and
 * forms. */
void target_field(struct buf *out, const char *name, struct slice value);

/* A request: head and body. */
struct target_request {
    const char *method;
    const char *path;   /* behind the target's own */
    struct slice query; /* encoded; empty: none */
    const char *type;   /* of the body; NULL: there is none */
    struct slice body;
    struct slice token;  /* for Authorization; empty: none */
    const char *headers; /* more lines, each with CR LF; or NULL */
};

/* Appends the request's bytes. What is in `token` has no line ends (target_token()). */
void target_request(struct buf *out, const struct target *target,
                    const struct target_request *request);

/* The token of a text from outside, without white space around it. ERR_INVALID: it can't stand in a
 * header. */
MUST_CHECK enum err target_token(struct slice text, struct slice *out);

#endif
