/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_TOKEN_KEYGEN_H
#define BELFRY_BROKER_CTL_TOKEN_KEYGEN_H

/* `belfry keygen [--alg ALG] [FILE]`: makes a key for tokens. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/token/jws.h"

/* argv[0] is the command's name. Returns the exit status (broker/ctl/lib/cli.h). */
int keygen_main(int argc, char **argv);

/* Appends a new key for this algorithm: a secret as text, or a private key and its public key in
 * PEM. `out_public` stays empty for a secret. Returns ERR_IO if OpenSSL fails, or has no random
 * numbers, and ERR_NO_MEMORY. */
MUST_CHECK enum err keygen_make(enum jws_alg alg, struct buf *out_private, struct buf *out_public);

#endif
