/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOKEN_JWS_KEY_INTERNAL_H
#define BELFRY_COMMON_TOKEN_JWS_KEY_INTERNAL_H

/* The inside of a key, for jws_key_*openssl.c only. */

#include "common/token/jws.h"

#include <stdbool.h>
#include <stddef.h>

struct evp_pkey_st; /* OpenSSL's EVP_PKEY */

struct jws_key {
    enum jws_alg alg;
    bool can_sign;
    struct evp_pkey_st *pkey; /* ours; NULL for HMAC */
    unsigned char *secret;    /* ours; NULL for all but HMAC */
    size_t secret_size;
};

#endif
