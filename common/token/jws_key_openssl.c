/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/token/jws_key.h"

#include "common/base/mem.h"
#include "common/token/jws_key_internal.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdio.h>

enum jws_alg jws_key_alg(const struct jws_key *key)
{
    return key->alg;
}

bool jws_key_can_sign(const struct jws_key *key)
{
    return key->can_sign;
}

void jws_key_destroy(struct jws_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    if (key->secret != NULL)
        OPENSSL_cleanse(key->secret, key->secret_size);
    mem_free(key->secret);
    mem_free(key);
}

enum err jws_key_secret(enum jws_alg alg, struct slice secret, struct jws_key **out,
                        char reason[JWS_REASON_SIZE])
{
    enum jws_alg real = alg == JWS_ALG_ANY ? JWS_HS256 : alg;
    const struct jws_alg_info *info = jws_alg_info(real);
    unsigned char *copy;

    if (info->family != JWS_HMAC) {
        snprintf(reason, JWS_REASON_SIZE, "%s needs a public or private key in PEM, not a secret",
                 info->name);
        return ERR_INVALID;
    }
    if (secret.size < JWS_SECRET_SIZE_MIN || secret.size < info->hash_size) {
        snprintf(reason, JWS_REASON_SIZE,
                 "a secret of %zu bytes is too weak: %s needs at least %zu", secret.size,
                 info->name, info->hash_size);
        return ERR_INVALID;
    }
    copy = mem_try(secret.size);
    if (copy == NULL) {
        snprintf(reason, JWS_REASON_SIZE, "out of memory");
        return ERR_NO_MEMORY;
    }
    memcpy(copy, secret.data, secret.size);
    *out = mem_alloc(sizeof **out);
    **out =
        (struct jws_key){.alg = real, .can_sign = true, .secret = copy, .secret_size = secret.size};
    return OK;
}

/* ---- algorithms of keys ---- */

/* Returns the algorithm of an elliptic-curve key; JWS_ALG_ANY for an unsupported curve. */
static enum jws_alg alg_of_curve(EVP_PKEY *pkey)
{
    char group[32] = "";
    size_t size = 0;

    if (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group,
                                       &size) != 1)
        return JWS_ALG_ANY;
    for (unsigned alg = JWS_ES256; alg <= JWS_ES512; alg++) {
        if (strcmp(group, jws_alg_info((enum jws_alg)alg)->group) == 0)
            return (enum jws_alg)alg;
    }
    return JWS_ALG_ANY;
}

/* Returns the algorithm of a key for which none is named; JWS_ALG_ANY for an unsupported key. */
static enum jws_alg default_alg(EVP_PKEY *pkey)
{
    if (EVP_PKEY_is_a(pkey, "RSA"))
        return JWS_RS256;
    if (EVP_PKEY_is_a(pkey, "RSA-PSS"))
        return JWS_PS256;
    if (EVP_PKEY_is_a(pkey, "EC"))
        return alg_of_curve(pkey);
    return EVP_PKEY_is_a(pkey, "ED25519") ? JWS_EDDSA : JWS_ALG_ANY;
}

static bool suits(enum jws_alg alg, enum jws_alg fallback)
{
    enum jws_family family = jws_alg_info(alg)->family;

    if (fallback == JWS_RS256)
        return family == JWS_RSA || family == JWS_PSS;
    if (fallback == JWS_PS256)
        return family == JWS_PSS;
    return alg == fallback;
}

/* Checks the numbers of a key: whether a point is on its curve, for example. */
static bool is_valid(EVP_PKEY *pkey)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    bool valid = context != NULL && EVP_PKEY_public_check(context) == 1;

    EVP_PKEY_CTX_free(context);
    return valid;
}

/* Makes a key. Takes ownership of pkey, even if it fails. */
static enum err make_key(enum jws_alg alg, EVP_PKEY *pkey, bool can_sign, struct jws_key **out,
                         char reason[JWS_REASON_SIZE])
{
    enum jws_alg fallback = default_alg(pkey);
    enum jws_alg real = alg == JWS_ALG_ANY ? fallback : alg;
    int bits = EVP_PKEY_get_bits(pkey);

    if (fallback == JWS_ALG_ANY) {
        snprintf(reason, JWS_REASON_SIZE, "not an RSA, P-256, P-384, P-521 or Ed25519 key");
    } else if (!suits(real, fallback)) {
        snprintf(reason, JWS_REASON_SIZE, "%s needs another kind of key", jws_alg_info(real)->name);
    } else if (jws_alg_info(real)->coordinate == 0 && bits < JWS_RSA_BITS_MIN) {
        snprintf(reason, JWS_REASON_SIZE, "an RSA key of %d bits is too weak: use at least %d",
                 bits, JWS_RSA_BITS_MIN);
    } else if (jws_alg_info(real)->coordinate == 0 && bits > JWS_RSA_BITS_MAX) {
        snprintf(reason, JWS_REASON_SIZE, "an RSA key of %d bits is too large: use at most %d",
                 bits, JWS_RSA_BITS_MAX);
    } else if (!is_valid(pkey)) {
        snprintf(reason, JWS_REASON_SIZE, "the key's numbers are not a valid key");
    } else {
        *out = mem_alloc(sizeof **out);
        **out = (struct jws_key){.alg = real, .can_sign = can_sign, .pkey = pkey};
        return OK;
    }
    EVP_PKEY_free(pkey);
    ERR_clear_error();
    return ERR_INVALID;
}

/* ---- keys from JWK ---- */

static bool push_number(OSSL_PARAM_BLD *build, const char *name, struct slice bytes, BIGNUM **out)
{
    if (bytes.size > JWS_SIGNATURE_SIZE_MAX)
        return false;
    *out = BN_bin2bn((const unsigned char *)bytes.data, (int)bytes.size, NULL);
    return *out != NULL && OSSL_PARAM_BLD_push_BN(build, name, *out) == 1;
}

static EVP_PKEY *from_params(const char *type, OSSL_PARAM_BLD *build)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY *pkey = NULL;

    if (context != NULL && params != NULL && EVP_PKEY_fromdata_init(context) == 1 &&
        EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
        pkey = NULL;
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(context);
    return pkey;
}

static EVP_PKEY *from_rsa(const struct jwk *jwk)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY *pkey = NULL;
    BIGNUM *n = NULL;
    BIGNUM *e = NULL;

    if (build != NULL && push_number(build, OSSL_PKEY_PARAM_RSA_N, jwk->n, &n) &&
        push_number(build, OSSL_PKEY_PARAM_RSA_E, jwk->e, &e))
        pkey = from_params("RSA", build);
    OSSL_PARAM_BLD_free(build);
    BN_free(n);
    BN_free(e);
    return pkey;
}

#define POINT_SIZE_MAX (1 + 2 * 66)

static EVP_PKEY *from_point(const struct jws_alg_info *info, const struct jwk *jwk)
{
    unsigned char point[POINT_SIZE_MAX] = {4}; /* uncompressed: 4, x, y (SEC 1, 2.3.3) */
    size_t size = info->coordinate;
    OSSL_PARAM_BLD *build;
    EVP_PKEY *pkey = NULL;

    if (jwk->x.size != size || jwk->y.size != size)
        return NULL;
    memcpy(point + 1, jwk->x.data, size);
    memcpy(point + 1 + size, jwk->y.data, size);
    build = OSSL_PARAM_BLD_new();
    if (build != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, info->group, 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * size) == 1)
        pkey = from_params("EC", build);
    OSSL_PARAM_BLD_free(build);
    return pkey;
}

enum err jws_key_jwk(const struct jwk *jwk, struct jws_key **out, char reason[JWS_REASON_SIZE])
{
    const struct jws_alg_info *info = jws_alg_info(jwk->alg);
    EVP_PKEY *pkey = NULL;

    switch (info->family) {
    case JWS_HMAC:
        return jws_key_secret(jwk->alg, jwk->k, out, reason);
    case JWS_RSA:
    case JWS_PSS:
        pkey = from_rsa(jwk);
        break;
    case JWS_ECDSA:
        pkey = from_point(info, jwk);
        break;
    case JWS_ED25519:
        if (jwk->x.size == info->coordinate)
            pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
                                               (const unsigned char *)jwk->x.data, jwk->x.size);
        break;
    }
    if (pkey == NULL) {
        ERR_clear_error();
        snprintf(reason, JWS_REASON_SIZE, "the members are not a valid key for %s", info->name);
        return ERR_INVALID;
    }
    return make_key(jwk->alg, pkey, false, out, reason);
}

/* ---- keys from PEM ---- */

/* Refuses to give a password. Without this function OpenSSL would ask for one at the terminal. */
static int no_password(char *text, size_t size, size_t *out_size, const OSSL_PARAM params[],
                       void *context)
{
    (void)text;
    (void)size;
    (void)out_size;
    (void)params;
    (void)context;
    return 0;
}

static EVP_PKEY *from_pem(struct slice pem, int selection)
{
    EVP_PKEY *pkey = NULL;
    OSSL_DECODER_CTX *decoder =
        OSSL_DECODER_CTX_new_for_pkey(&pkey, "PEM", NULL, NULL, selection, NULL, NULL);
    const unsigned char *bytes = (const unsigned char *)pem.data;
    size_t size = pem.size;

    if (decoder == NULL)
        return NULL;
    if (OSSL_DECODER_CTX_set_passphrase_cb(decoder, no_password, NULL) != 1 ||
        OSSL_DECODER_from_data(decoder, &bytes, &size) != 1) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    OSSL_DECODER_CTX_free(decoder);
    ERR_clear_error();
    return pkey;
}

enum err jws_key_pem(enum jws_alg alg, struct slice pem, struct jws_key **out,
                     char reason[JWS_REASON_SIZE])
{
    EVP_PKEY *pkey;
    bool can_sign;

    if (alg != JWS_ALG_ANY && jws_alg_info(alg)->family == JWS_HMAC) {
        /* Otherwise a public key would become a secret that everybody knows. */
        snprintf(reason, JWS_REASON_SIZE, "%s needs a secret, not a key in PEM",
                 jws_alg_info(alg)->name);
        return ERR_INVALID;
    }
    pkey = from_pem(pem, EVP_PKEY_KEYPAIR);
    can_sign = pkey != NULL;
    if (pkey == NULL)
        pkey = from_pem(pem, EVP_PKEY_PUBLIC_KEY);
    if (pkey == NULL) {
        snprintf(reason, JWS_REASON_SIZE,
                 "the PEM text has no PUBLIC KEY, and no PRIVATE KEY without a password");
        return ERR_INVALID;
    }
    return make_key(alg, pkey, can_sign, out, reason);
}
