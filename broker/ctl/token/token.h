/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_TOKEN_TOKEN_H
#define BELFRY_BROKER_CTL_TOKEN_TOKEN_H

/* `belfry token`: makes a token, or explains one (--check TOKEN). The key is in a file, or in the
 * environment variable BELFRY_JWT_KEY. It is never an argument, since other users of the machine
 * can read command lines. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/token/claims.h"

#include <stdbool.h>
#include <stdint.h>

/* argv[0] is the command's name. Returns the exit status: 0 if a token was made or is valid; 1 if
 * it is not valid or there is no key; 2 for a wrong command line. */
int token_main(int argc, char **argv);

/* ---- token_build.c, pure ---- */

/* The contents of a token to make; empty texts are left out. */
struct token_fields {
    const char *publish;   /* comma-separated selectors; commas inside {...} do not separate */
    const char *subscribe; /* like publish */
    bool admin;            /* allow operators' commands */
    const char *payload;   /* valid JSON */
    const char *subject;
    const char *issuer;
    const char *audience;
    uint64_t expires_ms; /* from now; 0 = never */
};

/* Appends the claims as JSON. Returns ERR_INVALID if a selector is empty, ERR_TOO_LARGE if `out` is
 * full. */
MUST_CHECK enum err token_build_claims(const struct token_fields *fields, uint64_t now_ms,
                                       struct buf *out);

/* ---- token_explain.c, pure ---- */

/* Appends Unix time as 2026-11-20T08:52:00Z, with the distance from now: "in 2 h", "3 min ago".
 * After the year 9999 it is "never". */
void token_explain_time(uint64_t ms, uint64_t now_ms, struct buf *out);

/* Appends lines that explain what a token with these claims allows, and until when. */
void token_explain_claims(const struct claims *claims, uint64_t now_ms, struct buf *out);

/* Appends a JSON value in ASCII, without white space, which is safe for a terminal. Returns
 * ERR_INVALID if the text is not JSON. */
MUST_CHECK enum err token_explain_json(struct slice json, struct buf *out);

#endif
