/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_ACCESS_ACCESS_H
#define BELFRY_EDGE_ACCESS_ACCESS_H

/* Who may do what: the operator's rules, and a request's rights under them. Pure. */

#include "common/base/slice.h"
#include "common/http/http_parser.h"
#include "common/token/grants.h"
#include "common/token/token.h"
#include "edge/http/request.h"

#include <stdbool.h>
#include <stdint.h>

/* Verifies a token as of `unix_ms`. TOKEN_OK: *out has a reference for the caller. Otherwise `detail` says why. */
typedef enum token_error access_verify(void *context, uint64_t unix_ms, struct slice token,
                                       struct grants **out, char detail[TOKEN_DETAIL_SIZE]);

struct access_config {
    bool anonymous;              /* clients without a token may listen to what is public */
    const char *cookie_name;     /* "": no cookie counts */
    const char *cors_origins;    /* see edge/access/cors.h; "": no page of another origin */
    const char *publish_origins; /* pages that may publish with a cookie, beside our own */
};

/* The configuration, and what verifies tokens; both borrowed. */
struct access_rules {
    const struct access_config *config;
    access_verify *verify; /* NULL: no keys, everybody may do everything */
    void *context;
};

struct access {
    bool open;             /* no rules */
    struct grants *grants; /* a reference; NULL: open, or no token */
};

/* What a request needs. */
enum access_need {
    ACCESS_LISTEN, /* a token, or none when the anonymous may listen */
    ACCESS_TOKEN,
};

#define ACCESS_DETAIL_SIZE (TOKEN_DETAIL_SIZE + 16)

struct access_refusal {
    int status;     /* 401, 403 */
    bool bad_token; /* 401: there was a token, and it is not valid */
    char detail[ACCESS_DETAIL_SIZE];
};

/* True: *out is to be cleared. False: why not. A token in the query counts when `query` is not NULL. `writes`:
 * the request changes something, so a cookie is not enough. */
bool access_check(const struct access_rules *rules, uint64_t unix_ms,
                  const struct http_message *message, const struct form *query,
                  enum access_need need, bool writes, struct access *out,
                  struct access_refusal *out_refusal);

void access_clear(struct access *a);

/* Whether it may listen to the topic, and so see what is private there. */
bool access_listens(const struct access *a, struct slice topic);

/* The token's subject, or absent. */
struct slice access_subject(const struct grants *grants);

/* When a stream with these grants is to end, on the clock of `now_ms`: a little before the token does, which
 * `random` spreads. 0: never. */
uint64_t access_expiry(const struct grants *grants, uint64_t now_ms, uint64_t unix_ms,
                       uint32_t random);

#endif
