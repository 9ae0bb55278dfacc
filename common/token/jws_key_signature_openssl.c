/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Makes and verifies signatures. */

#include "common/token/jws_key.h"

#include "common/token/jws_key_internal.h"

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#define COORDINATE_SIZE_MAX 66                           /* P-521 */
#define DER_SIZE_MAX (2 * (COORDINATE_SIZE_MAX + 3) + 5) /* two INTEGERs in a SEQUENCE */

static const unsigned char *octets(struct slice s)
{
    return (const unsigned char *)s.data;
}

/* ---- HMAC ---- */

static bool make_mac(const struct jws_key *key, struct slice text,
                     unsigned char mac[EVP_MAX_MD_SIZE], unsigned *size)
{
    const EVP_MD *digest = EVP_get_digestbyname(jws_alg_info(key->alg)->digest);

    return HMAC(digest, key->secret, (int)key->secret_size, octets(text), text.size, mac, size) !=
           NULL;
}

static bool verify_mac(const struct jws_key *key, struct slice text, struct slice signature)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    return make_mac(key, text, mac, &size) && size == signature.size &&
           CRYPTO_memcmp(mac, signature.data, size) == 0;
}

static enum err sign_mac(const struct jws_key *key, struct slice text, struct buf *out)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    if (!make_mac(key, text, mac, &size))
        return ERR_NO_MEMORY;
    buf_append(out, mac, size);
    return buf_ok(out) ? OK : ERR_TOO_LARGE;
}

/* ---- public keys ---- */

typedef int (*digest_init)(EVP_MD_CTX *, EVP_PKEY_CTX **, const char *, OSSL_LIB_CTX *,
                           const char *, EVP_PKEY *, const OSSL_PARAM *);

/* Starts signing or verifying. Ed25519 has its own hash. The salt of PSS is as long as the hash
 * (RFC 7518, section 3.5). */
static bool start(const struct jws_key *key, digest_init init, EVP_MD_CTX *context)
{
    const struct jws_alg_info *info = jws_alg_info(key->alg);
    const char *digest = info->family == JWS_ED25519 ? NULL : info->digest;
    EVP_PKEY_CTX *of_key = NULL; /* belongs to `context` */

    if (context == NULL || init(context, &of_key, digest, NULL, NULL, key->pkey, NULL) != 1)
        return false;
    return info->family != JWS_PSS ||
           (EVP_PKEY_CTX_set_rsa_padding(of_key, RSA_PKCS1_PSS_PADDING) == 1 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(of_key, RSA_PSS_SALTLEN_DIGEST) == 1);
}

/* Converts r and s from JOSE's form to the DER that OpenSSL expects. Returns its size, or 0. */
static size_t der_of_pair(size_t half, struct slice pair, unsigned char der[DER_SIZE_MAX])
{
    ECDSA_SIG *numbers;
    BIGNUM *r;
    BIGNUM *s;
    unsigned char *end = der;
    int size = 0;

    if (pair.size != 2 * half)
        return 0;
    numbers = ECDSA_SIG_new();
    r = BN_bin2bn(octets(pair), (int)half, NULL);
    s = BN_bin2bn(octets(pair) + half, (int)half, NULL);
    if (numbers != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(numbers, r, s) == 1) {
        r = NULL; /* owned by `numbers` */
        s = NULL;
        size = i2d_ECDSA_SIG(numbers, &end);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(numbers);
    return size > 0 ? (size_t)size : 0;
}

/* Converts DER to JOSE's form. */
static bool pair_of_der(size_t half, struct slice der, unsigned char pair[2 * COORDINATE_SIZE_MAX])
{
    const unsigned char *bytes = octets(der);
    ECDSA_SIG *numbers = d2i_ECDSA_SIG(NULL, &bytes, (long)der.size);
    bool good = numbers != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(numbers), pair, (int)half) > 0 &&
                BN_bn2binpad(ECDSA_SIG_get0_s(numbers), pair + half, (int)half) > 0;

    ECDSA_SIG_free(numbers);
    return good;
}

static bool verify_public(const struct jws_key *key, struct slice text, struct slice signature)
{
    const struct jws_alg_info *info = jws_alg_info(key->alg);
    unsigned char der[DER_SIZE_MAX];
    EVP_MD_CTX *context;
    bool good;

    if (info->family == JWS_ECDSA) {
        signature = slice_of(der, der_of_pair(info->coordinate, signature, der));
        if (signature.size == 0)
            return false;
    }
    context = EVP_MD_CTX_new();
    good =
        start(key, EVP_DigestVerifyInit_ex, context) &&
        EVP_DigestVerify(context, octets(signature), signature.size, octets(text), text.size) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return good;
}

static enum err sign_public(const struct jws_key *key, struct slice text, struct buf *out)
{
    const struct jws_alg_info *info = jws_alg_info(key->alg);
    unsigned char bytes[JWS_SIGNATURE_SIZE_MAX];
    unsigned char pair[2 * COORDINATE_SIZE_MAX];
    size_t size = sizeof bytes;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = start(key, EVP_DigestSignInit_ex, context) &&
                EVP_DigestSign(context, bytes, &size, octets(text), text.size) == 1;

    EVP_MD_CTX_free(context);
    ERR_clear_error();
    if (!good)
        return ERR_NO_MEMORY;
    if (info->family == JWS_ECDSA) {
        if (!pair_of_der(info->coordinate, slice_of(bytes, size), pair))
            return ERR_NO_MEMORY;
        buf_append(out, pair, 2 * info->coordinate);
    } else {
        buf_append(out, bytes, size);
    }
    return buf_ok(out) ? OK : ERR_TOO_LARGE;
}

bool jws_verify(const struct jws_key *key, struct slice signed_part, struct slice signature)
{
    if (signature.size == 0 || signature.size > JWS_SIGNATURE_SIZE_MAX)
        return false;
    return key->pkey == NULL ? verify_mac(key, signed_part, signature)
                             : verify_public(key, signed_part, signature);
}

enum err jws_sign(const struct jws_key *key, struct slice signed_part, struct buf *out)
{
    if (!key->can_sign)
        return ERR_DENIED;
    return key->pkey == NULL ? sign_mac(key, signed_part, out) : sign_public(key, signed_part, out);
}
