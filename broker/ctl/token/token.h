/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_TOKEN_TOKEN_H
#define BELFRY_BROKER_CTL_TOKEN_TOKEN_H

/* `belfry token --publish a,b --subscribe '*' [--payload JSON] [--expires 1h] [--key FILE] [--alg
 * HS256]` makes a token, `belfry token --check TOKEN [--key FILE]` explains one. The key is a
 * file's, or the text of the environment's BELFRY_JWT_KEY: never an argument, which everybody on
 * the machine can read. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/token/claims.h"

#include <stdbool.h>
#include <stdint.h>

/* argv[0] is the command's name. Returns the exit status: 0 when a token was made, or is valid; 1
 * when it is not, or there is no key; 2 for a wrong command line. */
int token_main(int argc, char **argv);

/* ---- token_build.c, pure ---- */

/* What a token shall say; an empty text says nothing. */
struct token_build {
    const char *publish;   /* selectors with commas between them; one within {...} does not count */
    const char *subscribe; /* the same */
    bool admin;            /* may do what operators do */
    const char *payload;   /* JSON, which must be valid */
    const char *subject;
    const char *issuer;
    const char *audience;
    uint64_t expires_ms; /* after now; 0 = never */
};

/* Appends the claims as JSON. ERR_INVALID: a selector is empty. ERR_TOO_LARGE: no room. */
MUST_CHECK enum err token_build_claims(const struct token_build *wish, uint64_t now_ms,
                                       struct buf *out);

/* ---- token_explain.c, pure ---- */

/* Appends Unix time as 2026-11-20T08:52:00Z, and how far off it is: "in 2 h", "3 min ago". Beyond
 * the year 9999 it is "never". */
void token_explain_time(uint64_t ms, uint64_t now_ms, struct buf *out);

/* Appends lines that say what a token with these claims allows and until when. */
void token_explain_claims(const struct claims *claims, uint64_t now_ms, struct buf *out);

/* Appends any JSON value without white space and in ASCII, fit for a terminal. ERR_INVALID when it
 * is none. */
MUST_CHECK enum err token_explain_json(struct slice json, struct buf *out);

#endif
