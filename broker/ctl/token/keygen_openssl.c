/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/token/keygen.h"

#include "common/base/base64.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

/* Number of random bytes in a secret. It is the size of the largest hash, so that the text of a
 * secret is long enough for HS512. */
#define SECRET_BYTES 64
#define RSA_BITS ((size_t)3072)

static enum err make_secret(struct buf *out)
{
    unsigned char bytes[SECRET_BYTES];

    if (RAND_priv_bytes(bytes, sizeof bytes) != 1)
        return ERR_IO;
    base64url_encode(out, slice_of(bytes, sizeof bytes));
    OPENSSL_cleanse(bytes, sizeof bytes);
    buf_char(out, '\n');
    return buf_ok(out) ? OK : ERR_NO_MEMORY;
}

static EVP_PKEY *make_pair(const struct jws_alg_info *info)
{
    switch (info->family) {
    case JWS_RSA:
    case JWS_PSS:
        return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", RSA_BITS);
    case JWS_ECDSA:
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", info->group);
    case JWS_ED25519:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    case JWS_HMAC:
        break;
    }
    return NULL;
}

static enum err write_pem(const EVP_PKEY *key, bool is_private, struct buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    long size = 0;
    int written = 0;

    if (bio != NULL && is_private)
        written = PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    else if (bio != NULL)
        written = PEM_write_bio_PUBKEY(bio, key);
    if (written == 1)
        size = BIO_get_mem_data(bio, &text);
    if (size > 0)
        buf_append(out, text, (size_t)size);
    if (size > 0 && is_private)
        OPENSSL_cleanse(text, (size_t)size);
    BIO_free(bio);
    return size > 0 && buf_ok(out) ? OK : ERR_IO;
}

enum err keygen_make(enum jws_alg alg, struct buf *out_private, struct buf *out_public)
{
    const struct jws_alg_info *info = jws_alg_info(alg);
    EVP_PKEY *key;
    enum err err;

    if (info->family == JWS_HMAC)
        return make_secret(out_private);
    key = make_pair(info);
    if (key == NULL)
        return ERR_IO;
    err = write_pem(key, true, out_private);
    if (err == OK)
        err = write_pem(key, false, out_public);
    EVP_PKEY_free(key);
    return err;
}
