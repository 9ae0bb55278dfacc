/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOKEN_CLAIMS_H
#define BELFRY_COMMON_TOKEN_CLAIMS_H

/* What a token's two JSON objects say (RFC 7515, 4; RFC 7519, 4; reference: both dialects of
 * Mercure). Nothing is verified here: that is common/token/token.h.
 *
 *   claim                    what it must be
 *   exp, nbf                 a number of seconds, fractions too
 *   iss, sub                 a string
 *   aud                      a string, or an array of at most 16
 *   mercure                  {"publish": [selector, ...], "subscribe": [selector, ...],
 *                            "payload": any, "admin": true or false}
 *   https://mercure.rocks/   the same; counts instead of `mercure`
 *   authorization_details    RFC 9396, counts instead of both when the header's typ is at+jwt:
 *                            objects, those of type https://mercure.rocks/authorization-detail with
 *                            {"actions": ["publish", "subscribe"], "topics": [{"match": text,
 *                            "match_type": "exact" or "urlpattern"}, ...], "payload": any}
 *
 * Other members are ignored. JSON is taken strictly: an object, each member once, UTF-8, no U+0000,
 * no number beyond 64 bits or a double, nested at most CLAIMS_DEPTH_MAX deep. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/token/grants.h"
#include "common/token/jws.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLAIMS_DEPTH_MAX 32
#define CLAIMS_AUDIENCES_MAX 16
#define CLAIMS_DETAILS_MAX 100 /* entries of authorization_details, as the reference hub has it */
#define CLAIMS_KID_SIZE 256
#define CLAIMS_REASON_SIZE 160

struct jose_header {
    enum jws_alg alg; /* JWS_ALG_ANY: none that we know */
    bool at_jwt;      /* typ is at+jwt */
    bool critical;    /* has "crit" */
    bool has_kid;
    char kid[CLAIMS_KID_SIZE];
    size_t kid_size;
};

struct claims {
    bool has_exp;
    uint64_t exp_ms;     /* GRANTS_FOREVER without exp, 0 for a negative one */
    uint64_t nbf_ms;     /* 0 without nbf */
    struct slice issuer; /* absent when there is none; these point into `document` */
    struct slice audiences[CLAIMS_AUDIENCES_MAX];
    size_t audience_count;
    struct grants *grants; /* ours; has subject and exp_ms too */
    void *document;        /* ours */
};

/* Each error sets `reason`: one line, without any of the token's text. */

/* ERR_MALFORMED (no such JSON), ERR_INVALID (a member of the wrong kind), ERR_TOO_LARGE (kid). */
MUST_CHECK enum err claims_read_header(struct slice json, struct jose_header *out,
                                       char reason[CLAIMS_REASON_SIZE]);

/* `base` as in grants_create(): without it a URL pattern is an error. ERR_MALFORMED, ERR_INVALID,
 * ERR_TOO_MANY, ERR_TOO_LARGE, ERR_NO_MEMORY. */
MUST_CHECK enum err claims_read(struct slice json, bool at_jwt, struct slice base,
                                struct claims *out, char reason[CLAIMS_REASON_SIZE]);

void claims_clear(struct claims *c);

#endif
