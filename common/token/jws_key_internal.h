/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOKEN_JWS_KEY_INTERNAL_H
#define BELFRY_COMMON_TOKEN_JWS_KEY_INTERNAL_H

/* The fields of a key, only for jws_key_*openssl.c. */

#include "common/token/jws.h"

#include <stdbool.h>
#include <stddef.h>

struct evp_pkey_st; /* OpenSSL's EVP_PKEY */

struct jws_key {
    enum jws_alg alg;
    bool can_sign;
    struct evp_pkey_st *pkey; /* owned; NULL for HMAC */
    unsigned char *secret;    /* owned; only for HMAC */
    size_t secret_size;
};

#endif
