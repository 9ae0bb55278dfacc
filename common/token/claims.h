/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOKEN_CLAIMS_H
#define BELFRY_COMMON_TOKEN_CLAIMS_H

/* Reads the two JSON objects of a token: its header and its claims.
 *
 * Section 4 of RFC 7515 and of RFC 7519 define them; both dialects of Mercure are supported
 * (draft-dunglas-mercure-07 and -08). Verifies nothing: common/token/token.h does that.
 *
 *   claim                    value
 *   exp, nbf                 a number of seconds, with or without a fraction
 *   iss, sub                 a string
 *   aud                      a string, or an array of at most 16
 *   mercure                  {"publish": [selector, ...], "subscribe": [selector, ...],
 *                            "payload": any, "admin": true or false}
 *   https://mercure.rocks/   the same; replaces `mercure`
 *   authorization_details    RFC 9396; replaces both if the header's typ is at+jwt: objects, of
 *                            which those of type https://mercure.rocks/authorization-detail have
 *                            {"actions": ["publish", "subscribe"], "topics": [{"match": text,
 *                            "match_type": "exact" or "urlpattern"}, ...], "payload": any}
 *
 * Other members are ignored. The JSON text must be an object in UTF-8, with each member once, no
 * U+0000, no number beyond 64 bits or a double, and at most CLAIMS_DEPTH_MAX levels. Pure. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/token/grants.h"
#include "common/token/jws.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLAIMS_DEPTH_MAX 32
#define CLAIMS_AUDIENCES_MAX 16
#define CLAIMS_DETAILS_MAX 100 /* entries of authorization_details, as in the reference hub */
#define CLAIMS_KID_SIZE 256
#define CLAIMS_REASON_SIZE 160

struct jose_header {
    enum jws_alg alg; /* JWS_ALG_ANY: none, or not supported */
    bool at_jwt;      /* typ is at+jwt */
    bool critical;    /* has "crit" */
    bool has_kid;
    char kid[CLAIMS_KID_SIZE]; /* not NUL-terminated */
    size_t kid_size;
};

struct claims {
    bool has_exp;
    uint64_t exp_ms;     /* GRANTS_FOREVER without exp, 0 for a negative exp */
    uint64_t nbf_ms;     /* 0 without nbf */
    struct slice issuer; /* or absent; points into `document` */
    struct slice audiences[CLAIMS_AUDIENCES_MAX]; /* point into `document` */
    size_t audience_count;
    struct grants *grants; /* owned; includes subject and exp_ms */
    void *document;        /* the parsed JSON; owned */
};

/* Reads a token's header. ERR_MALFORMED (not such a JSON object), ERR_INVALID (a member of the
 * wrong type), ERR_TOO_LARGE (kid). `reason`: one line, which never quotes the token. */
MUST_CHECK enum err claims_read_header(struct slice json, struct jose_header *out,
                                       char reason[CLAIMS_REASON_SIZE]);

/* Reads a token's claims; after OK, call claims_clear(). `base` as in grants_create(): without it a
 * URL pattern is an error. ERR_MALFORMED, ERR_INVALID, ERR_TOO_MANY, ERR_TOO_LARGE, ERR_NO_MEMORY;
 * `reason` as above. */
MUST_CHECK enum err claims_read(struct slice json, bool at_jwt, struct slice base,
                                struct claims *out, char reason[CLAIMS_REASON_SIZE]);

/* Frees what the claims own. */
void claims_clear(struct claims *c);

#endif
