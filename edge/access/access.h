/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_ACCESS_ACCESS_H
#define BELFRY_EDGE_ACCESS_ACCESS_H

/* Access control: the operator's rules, and the rights of a request under them. Pure. */

#include "common/base/slice.h"
#include "common/http/http_parser.h"
#include "common/token/grants.h"
#include "common/token/token.h"
#include "edge/http/request.h"

#include <stdbool.h>
#include <stdint.h>

/* Verifies a token as of `unix_ms`. On TOKEN_OK *out has a reference for the caller; otherwise
 * `detail` is one line with the reason. */
typedef enum token_error access_verify(void *context, uint64_t unix_ms, struct slice token,
                                       struct grants **out, char detail[TOKEN_DETAIL_SIZE]);

struct access_config {
    bool anonymous;              /* clients without a token may subscribe to public records */
    const char *cookie_name;     /* "": cookies are ignored */
    const char *cors_origins;    /* see edge/access/cors.h; "": no other origins */
    const char *publish_origins; /* origins that may publish with a cookie, besides this host */
};

/* The configuration, and the function that verifies tokens. Both are borrowed. */
struct access_rules {
    const struct access_config *config;
    access_verify *verify; /* NULL: no keys, everyone may do everything */
    void *context;         /* first argument of `verify` */
};

/* The rights of a request. */
struct access {
    bool open;             /* everything is allowed */
    struct grants *grants; /* owned reference; NULL: open, or no token */
};

/* What a request requires. */
enum access_need {
    ACCESS_LISTEN, /* a token, unless anonymous clients are allowed */
    ACCESS_TOKEN,  /* a token in any case */
};

#define ACCESS_DETAIL_SIZE (TOKEN_DETAIL_SIZE + 16)

struct access_refusal {
    int status;                      /* 401 or 403 */
    bool bad_token;                  /* 401: there was a token, but it is not valid */
    char detail[ACCESS_DETAIL_SIZE]; /* one line with the reason */
};

/* Checks the request's token. Returns true, and *out must be cleared; or false, with the refusal
 * set. A token in the query counts only if `query` is not NULL. `writes`: the request changes
 * something, so a cookie needs a trusted origin too. */
bool access_check(const struct access_rules *rules, uint64_t unix_ms,
                  const struct http_message *message, const struct form *query,
                  enum access_need need, bool writes, struct access *out,
                  struct access_refusal *out_refusal);

/* Releases the grants. */
void access_clear(struct access *a);

/* Returns whether the request may subscribe to the topic, and so see private records there. */
bool access_listens(const struct access *a, struct slice topic);

/* Returns the token's subject, or absent. `grants` may be NULL. */
struct slice access_subject(const struct grants *grants);

/* Returns when a stream with these grants ends, on the clock of `now_ms`: a little before the token
 * expires, spread by `random`. 0: never. */
uint64_t access_expiry(const struct grants *grants, uint64_t now_ms, uint64_t unix_ms,
                       uint32_t random);

#endif
