/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/token/keyring.h"

#include "tests/unit/common/token/token_keys.h"
#include "tests/unit/common/token/token_vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static char reason[KEYRING_REASON_SIZE];

static void test_forms(void **state)
{
    struct slice inner;

    (void)state;
    assert_int_equal(keyring_format(SLICE(" \r\n{\"keys\":[]}\n"), &inner), KEYRING_JWKS);
    assert_true(slice_starts(inner, SLICE("{\"keys")));
    assert_int_equal(keyring_format(SLICE("some words\n-----BEGIN PUBLIC KEY-----\n"), &inner),
                     KEYRING_PEM);
    assert_int_equal(keyring_format(SLICE(" secret \n"), &inner), KEYRING_SECRET);
    assert_true(slice_equal(inner, SLICE(" secret ")));
    assert_int_equal(keyring_format(SLICE("secret\r\n"), &inner), KEYRING_SECRET);
    assert_true(slice_equal(inner, SLICE("secret")));
    assert_int_equal(keyring_format(SLICE("secret\n\n"), &inner), KEYRING_SECRET);
    assert_true(slice_equal(inner, SLICE("secret\n")));
    assert_int_equal(keyring_format(slice_of(NULL, 0), &inner), KEYRING_SECRET);
}

static void add(struct keyring *k, enum jws_alg alg, const char *text)
{
    enum err err = keyring_add(k, alg, slice_str(text), reason);

    if (err != OK)
        print_error("%s\n", reason);
    assert_int_equal(err, OK);
}

static void test_mixed_set(void **state)
{
    static const enum jws_alg want[] = {JWS_RS256, JWS_PS256, JWS_ES256,
                                        JWS_ES384, JWS_EDDSA, JWS_HS256};
    struct keyring k;

    (void)state;
    keyring_init(&k);
    add(&k, JWS_ALG_ANY, MIXED_JWKS); /* RSA-OAEP and ES256K are skipped */
    assert_int_equal(k.count, 6);
    for (size_t i = 0; i < k.count; i++) {
        assert_int_equal(k.keys[i].alg, want[i]);
        assert_int_equal(jws_key_alg(k.keys[i].key), want[i]);
    }
    assert_true(k.keys[0].has_kid &&
                slice_equal(slice_of(k.keys[0].kid, k.keys[0].kid_size), SLICE("r256")));
    add(&k, JWS_ALG_ANY, SECRET_64 "\n");
    add(&k, JWS_RS512, RSA_PUBLIC);
    assert_int_equal(k.count, 8);
    assert_int_equal(k.keys[6].alg, JWS_HS256);
    assert_int_equal(k.keys[7].alg, JWS_RS512);
    keyring_clear(&k);
    keyring_clear(&k);
}

static void test_fits(void **state)
{
    struct keyring_key with = {.alg = JWS_HS256, .has_kid = true, .kid = "a", .kid_size = 1};
    struct keyring_key without = {.alg = JWS_HS256};

    (void)state;
    assert_true(keyring_fits(&with, JWS_HS256, false, slice_of(NULL, 0)));
    assert_true(keyring_fits(&with, JWS_HS256, true, SLICE("a")));
    assert_false(keyring_fits(&with, JWS_HS256, true, SLICE("b")));
    assert_false(keyring_fits(&with, JWS_HS256, true, SLICE("")));
    assert_false(keyring_fits(&with, JWS_HS384, true, SLICE("a")));
    assert_true(keyring_fits(&without, JWS_HS256, true, SLICE("b")));
    assert_false(keyring_fits(&without, JWS_ALG_ANY, true, SLICE("b")));
}

static void refuse(enum jws_alg alg, const char *text, enum err want, const char *why)
{
    struct keyring k;
    enum err err;

    keyring_init(&k);
    add(&k, JWS_ALG_ANY, SECRET_64);
    reason[0] = '\0';
    err = keyring_add(&k, alg, slice_str(text), reason);
    if (err != want || strstr(reason, why) == NULL)
        print_error("%.100s: %d %s\n", text, (int)err, reason);
    assert_int_equal(err, want);
    assert_non_null(strstr(reason, why));
    assert_int_equal(k.count, 1); /* all or nothing */
    keyring_clear(&k);
}

#define GOOD RFC7515_A3_JWK
#define X256 "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\""
#define Y256 "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""

static void test_refused(void **state)
{
    (void)state;
    refuse(JWS_ALG_ANY, "", ERR_INVALID, "too weak");
    refuse(JWS_ALG_ANY, "short", ERR_INVALID, "a secret of 5 bytes is too weak");
    refuse(JWS_HS512, "thirty-two bytes are not enough.", ERR_INVALID, "too weak");
    refuse(JWS_HS256, RSA_PUBLIC, ERR_INVALID, "needs a secret");
    refuse(JWS_ES256, SECRET_64, ERR_INVALID, "not a secret");
    refuse(JWS_ALG_ANY, "{", ERR_MALFORMED, "JSON Web Key Set");
    refuse(JWS_ALG_ANY, "{}", ERR_MALFORMED, "JSON Web Key Set");
    refuse(JWS_ALG_ANY, "{\"keys\":1}", ERR_MALFORMED, "JSON Web Key Set");
    refuse(JWS_ALG_ANY, "{\"keys\":[],\"keys\":[]}", ERR_MALFORMED, "JSON Web Key Set");
    refuse(JWS_ALG_ANY, "{\"keys\":[]}", ERR_INVALID, "no usable key (0");
    refuse(JWS_ALG_ANY, "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"secp256k1\"}]}", ERR_INVALID,
           "no usable key (1");
    refuse(JWS_ALG_ANY, "{\"keys\":[" GOOD ",7]}", ERR_INVALID, "keys[1]: must be an object");
}

static void test_refused_jwk(void **state)
{
    (void)state;
    refuse(JWS_ALG_ANY,
           "{\"keys\":[" GOOD ",{\"kty\":\"EC\",\"crv\":\"P-256\"," X256 "," Y256 "}]}",
           ERR_INVALID, "keys[1]: alg: missing");
    refuse(JWS_ALG_ANY, RSA_1024_JWK, ERR_INVALID, "keys[0]: an RSA key of 1024 bits is too weak");
    refuse(JWS_ALG_ANY, "{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"AyM1SysPpbyDfgZld3umjw\"}",
           ERR_INVALID, "too weak");
    refuse(JWS_ALG_ANY, "{\"kty\":\"oct\",\"alg\":\"HS256\"}", ERR_INVALID, "0 bytes is too weak");
    /* an algorithm that does not fit the key */
    refuse(JWS_ALG_ANY, "{\"kty\":\"EC\",\"alg\":\"HS256\",\"crv\":\"P-256\"," X256 "," Y256 "}",
           ERR_INVALID, "does not fit");
    refuse(JWS_ALG_ANY, "{\"kty\":\"EC\",\"alg\":\"ES384\",\"crv\":\"P-256\"," X256 "," Y256 "}",
           ERR_INVALID, "does not fit");
    refuse(JWS_ALG_ANY, "{\"kty\":\"EC\",\"alg\":\"ES256\"," X256 "," Y256 "}", ERR_INVALID,
           "does not fit");
    /* a point that is not on the curve, coordinates of a wrong size, no coordinates */
    refuse(JWS_ALG_ANY,
           "{\"kty\":\"EC\",\"alg\":\"ES256\",\"crv\":\"P-256\"," X256
           ",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a1\"}",
           ERR_INVALID, "y: must be base64url");
    refuse(JWS_ALG_ANY,
           "{\"kty\":\"EC\",\"alg\":\"ES256\",\"crv\":\"P-256\"," X256
           ",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5aw\"}",
           ERR_INVALID, "not a valid key for ES256");
    refuse(JWS_ALG_ANY,
           "{\"kty\":\"EC\",\"alg\":\"ES256\",\"crv\":\"P-256\"," X256 ",\"y\":\"AAAA\"}",
           ERR_INVALID, "not a valid key for ES256");
    refuse(JWS_ALG_ANY, "{\"kty\":\"EC\",\"alg\":\"ES256\",\"crv\":\"P-256\"}", ERR_INVALID,
           "not a valid key for ES256");
    refuse(JWS_ALG_ANY, "{\"kty\":\"OKP\",\"alg\":\"EdDSA\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}",
           ERR_INVALID, "not a valid key for EdDSA");
    refuse(JWS_ALG_ANY, "{\"kty\":\"RSA\",\"alg\":\"RS256\",\"n\":\"AQAB\"}", ERR_INVALID,
           "keys[0]: ");
}

/* Keys that are not for verifying are skipped, even if they are not valid. */
static void test_skipped_jwk(void **state)
{
    struct keyring k;

    (void)state;
    refuse(JWS_ALG_ANY,
           "{\"use\":\"enc\",\"kty\":\"EC\",\"alg\":\"ES256\",\"crv\":\"P-256\"," X256 "," Y256 "}",
           ERR_INVALID, "no usable key (1");
    refuse(JWS_ALG_ANY,
           "{\"use\":7,\"kty\":\"EC\",\"alg\":\"ES256\",\"crv\":\"P-256\"," X256 "," Y256 "}",
           ERR_INVALID, "no usable key (1");
    refuse(JWS_ALG_ANY,
           "{\"key_ops\":[\"sign\",1],\"kty\":\"EC\",\"alg\":\"ES256\",\"crv\":\"P-256\"," X256
           "," Y256 "}",
           ERR_INVALID, "no usable key (1");
    keyring_init(&k);
    add(&k, JWS_ALG_ANY,
        "{\"use\":\"sig\",\"key_ops\":[\"sign\",\"verify\"],\"kty\":\"EC\",\"alg\":\"ES256\","
        "\"crv\":\"P-256\"," X256 "," Y256 ",\"d\":\"not looked at\"}");
    assert_int_equal(k.count, 1);
    assert_false(jws_key_can_sign(k.keys[0].key));
    keyring_clear(&k);
}

static void test_too_many(void **state)
{
    struct keyring k;

    (void)state;
    keyring_init(&k);
    for (int i = 0; i < KEYRING_KEYS_MAX; i++)
        add(&k, JWS_ALG_ANY, SECRET_64);
    assert_int_equal(keyring_add(&k, JWS_ALG_ANY, SLICE(SECRET_64), reason), ERR_TOO_MANY);
    assert_int_equal(k.count, KEYRING_KEYS_MAX);
    keyring_clear(&k);
}

/* Private members are not used; e = 1 is not a valid exponent. */
static void test_weak_exponent(void **state)
{
    (void)state;
    refuse(
        JWS_ALG_ANY,
        "{\"kty\":\"RSA\",\"alg\":\"RS256\",\"e\":\"AQ\",\"n\":"
        "\"n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZ"
        "QHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFE"
        "HYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVT"
        "U4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw\"}",
        ERR_INVALID, "not a valid key");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),       cmocka_unit_test(test_mixed_set),
        cmocka_unit_test(test_fits),        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_refused_jwk), cmocka_unit_test(test_skipped_jwk),
        cmocka_unit_test(test_too_many),    cmocka_unit_test(test_weak_exponent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
