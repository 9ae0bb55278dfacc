/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_TOKEN_KEYGEN_H
#define BELFRY_BROKER_CTL_TOKEN_KEYGEN_H

/* `belfry keygen [--alg ALG] [FILE]`: a key for tokens. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/token/jws.h"

int keygen_main(int argc, char **argv);

/* Appends a new key of this algorithm: a secret as text, or a private key in PEM and its public
 * key. `out_public` stays empty for a secret. ERR_IO: no randomness, or OpenSSL refuses. */
MUST_CHECK enum err keygen_make(enum jws_alg alg, struct buf *out_private, struct buf *out_public);

#endif
