/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/token/jws_key.h"

#include "common/base/base64.h"
#include "tests/unit/common/token/token_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static char reason[JWS_REASON_SIZE];

static struct jws_key *pem_key(enum jws_alg alg, const char *pem)
{
    struct jws_key *key = NULL;
    enum err err = jws_key_pem(alg, slice_str(pem), &key, reason);

    if (err != OK)
        print_error("%s\n", reason);
    assert_int_equal(err, OK);
    return key;
}

static struct jws_key *secret_key(enum jws_alg alg)
{
    struct jws_key *key = NULL;

    assert_int_equal(jws_key_secret(alg, SLICE(SECRET_64), &key, reason), OK);
    return key;
}

/* Destroys both keys. Every changed bit of the text or the signature must be noticed. */
static void round_trip(struct jws_key *signer, struct jws_key *verifier)
{
    struct slice text = SLICE("the text that is signed");
    struct buf signature;

    buf_init(&signature, JWS_SIGNATURE_SIZE_MAX);
    assert_int_equal(jws_key_alg(signer), jws_key_alg(verifier));
    assert_int_equal(jws_sign(signer, text, &signature), OK);
    assert_true(jws_verify(verifier, text, buf_all(&signature)));
    assert_false(jws_verify(verifier, SLICE("the text that is signet"), buf_all(&signature)));
    for (size_t i = 0; i < signature.size; i++) {
        signature.data[i] = (char)(signature.data[i] ^ 1 << i % 8);
        assert_false(jws_verify(verifier, text, buf_all(&signature)));
        signature.data[i] = (char)(signature.data[i] ^ 1 << i % 8);
        assert_false(jws_verify(verifier, text, slice_of(signature.data, i)));
    }
    buf_char(&signature, '\0');
    assert_false(jws_verify(verifier, text, buf_all(&signature)));
    buf_clear(&signature);
    jws_key_destroy(signer);
    jws_key_destroy(verifier);
}

static void test_round_trips(void **state)
{
    (void)state;
    for (unsigned alg = JWS_HS256; alg <= JWS_HS512; alg++)
        round_trip(secret_key((enum jws_alg)alg), secret_key((enum jws_alg)alg));
    for (unsigned alg = JWS_RS256; alg <= JWS_PS512; alg++)
        round_trip(pem_key((enum jws_alg)alg, RSA_PRIVATE), pem_key((enum jws_alg)alg, RSA_PUBLIC));
    round_trip(pem_key(JWS_ES256, P256_PRIVATE), pem_key(JWS_ES256, P256_PUBLIC));
    round_trip(pem_key(JWS_ES384, P384_PRIVATE), pem_key(JWS_ES384, P384_PUBLIC));
    round_trip(pem_key(JWS_EDDSA, ED25519_PRIVATE), pem_key(JWS_EDDSA, ED25519_PUBLIC));
}

/* The same key signs differently with another algorithm. */
static void test_algorithms_apart(void **state)
{
    struct slice text = SLICE("text");

    (void)state;
    for (unsigned a = JWS_RS256; a <= JWS_PS512; a++) {
        struct jws_key *signer = pem_key((enum jws_alg)a, RSA_PRIVATE);
        struct buf signature;

        buf_init(&signature, JWS_SIGNATURE_SIZE_MAX);
        assert_int_equal(jws_sign(signer, text, &signature), OK);
        for (unsigned b = JWS_RS256; b <= JWS_PS512; b++) {
            struct jws_key *verifier = pem_key((enum jws_alg)b, RSA_PUBLIC);

            assert_int_equal(jws_verify(verifier, text, buf_all(&signature)), a == b);
            jws_key_destroy(verifier);
        }
        buf_clear(&signature);
        jws_key_destroy(signer);
    }
}

static void expect_natural(const char *pem, enum jws_alg alg)
{
    struct jws_key *key = pem_key(JWS_ALG_ANY, pem);

    assert_int_equal(jws_key_alg(key), alg);
    jws_key_destroy(key);
}

static void test_pem_forms(void **state)
{
    (void)state;
    expect_natural(RSA_PUBLIC, JWS_RS256);
    expect_natural(RSA_PUBLIC_PKCS1, JWS_RS256);
    expect_natural(RSA_PRIVATE, JWS_RS256);
    expect_natural(P256_PRIVATE_SEC1, JWS_ES256);
    expect_natural(P256_PUBLIC, JWS_ES256);
    expect_natural(P384_PUBLIC, JWS_ES384);
    expect_natural(ED25519_PUBLIC, JWS_EDDSA);
}

static void refuse_pem(enum jws_alg alg, const char *pem, const char *why)
{
    struct jws_key *key = NULL;

    reason[0] = '\0';
    assert_int_equal(jws_key_pem(alg, slice_str(pem), &key, reason), ERR_INVALID);
    assert_null(key);
    if (strstr(reason, why) == NULL)
        print_error("%s\n", reason);
    assert_non_null(strstr(reason, why));
}

static void test_refused_pem(void **state)
{
    (void)state;
    refuse_pem(JWS_ALG_ANY, RSA_1024_PUBLIC, "1024 bits is too weak");
    refuse_pem(JWS_ALG_ANY, SECP256K1_PUBLIC, "not an RSA");
    refuse_pem(JWS_ALG_ANY, P256_ENCRYPTED, "without a password");
    refuse_pem(JWS_ALG_ANY, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
               "has no PUBLIC KEY");
    refuse_pem(JWS_ALG_ANY, "", "has no PUBLIC KEY");
    refuse_pem(JWS_HS256, RSA_PUBLIC, "needs a secret");
    refuse_pem(JWS_ES256, RSA_PUBLIC, "another kind");
    refuse_pem(JWS_ES256, P384_PUBLIC, "another kind");
    refuse_pem(JWS_ES384, P256_PUBLIC, "another kind");
    refuse_pem(JWS_EDDSA, P256_PUBLIC, "another kind");
    refuse_pem(JWS_RS256, ED25519_PUBLIC, "another kind");
}

static void refuse_secret(enum jws_alg alg, size_t size, const char *why)
{
    struct jws_key *key = NULL;

    assert_int_equal(jws_key_secret(alg, slice_of(SECRET_64, size), &key, reason), ERR_INVALID);
    assert_null(key);
    assert_non_null(strstr(reason, why));
}

static void test_secrets(void **state)
{
    static const size_t least[] = {[JWS_HS256] = 32, [JWS_HS384] = 48, [JWS_HS512] = 64};
    struct jws_key *key;

    (void)state;
    for (unsigned alg = JWS_HS256; alg <= JWS_HS512; alg++) {
        refuse_secret((enum jws_alg)alg, least[alg] - 1, "too weak");
        assert_int_equal(
            jws_key_secret((enum jws_alg)alg, slice_of(SECRET_64, least[alg]), &key, reason), OK);
        jws_key_destroy(key);
    }
    refuse_secret(JWS_HS256, 0, "too weak");
    refuse_secret(JWS_RS256, 64, "not a secret");
    refuse_secret(JWS_EDDSA, 64, "not a secret");
    assert_int_equal(jws_key_secret(JWS_ALG_ANY, SLICE(SECRET_64), &key, reason), OK);
    assert_int_equal(jws_key_alg(key), JWS_HS256);
    jws_key_destroy(key);
    jws_key_destroy(NULL);
}

static void test_public_key_cannot_sign(void **state)
{
    struct jws_key *key = pem_key(JWS_ALG_ANY, P256_PUBLIC);
    struct buf out;

    (void)state;
    buf_init(&out, 100);
    assert_int_equal(jws_sign(key, SLICE("text"), &out), ERR_DENIED);
    assert_int_equal(out.size, 0);
    buf_clear(&out);
    jws_key_destroy(key);
}

/* r = s = 0 passed as a signature of everything in CVE-2022-21449. r or s equal to the order, and
 * the DER form, which JOSE does not use, must be refused too. */
static void test_ecdsa_forgeries(void **state)
{
    static const unsigned char order[32] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
                                            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                            0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
                                            0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
    static const char der[] = "\x30\x06\x02\x01\x00\x02\x01\x00";
    struct jws_key *key = pem_key(JWS_ALG_ANY, P256_PUBLIC);
    char pair[64] = {0};

    (void)state;
    assert_false(jws_verify(key, SLICE("text"), slice_of(pair, sizeof pair)));
    memcpy(pair, order, 32);
    assert_false(jws_verify(key, SLICE("text"), slice_of(pair, sizeof pair)));
    memcpy(pair + 32, order, 32);
    assert_false(jws_verify(key, SLICE("text"), slice_of(pair, sizeof pair)));
    memset(pair, 0xff, sizeof pair);
    assert_false(jws_verify(key, SLICE("text"), slice_of(pair, sizeof pair)));
    assert_false(jws_verify(key, SLICE("text"), slice_of(der, sizeof der - 1)));
    assert_false(jws_verify(key, SLICE("text"), slice_of(NULL, 0)));
    jws_key_destroy(key);
}

static void test_large_signature(void **state)
{
    static char large[JWS_SIGNATURE_SIZE_MAX + 1];
    struct jws_key *key = pem_key(JWS_ALG_ANY, RSA_PUBLIC);

    (void)state;
    assert_false(jws_verify(key, SLICE("text"), slice_of(large, sizeof large)));
    assert_false(jws_verify(key, SLICE("text"), slice_of(large, sizeof large - 1)));
    jws_key_destroy(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips),     cmocka_unit_test(test_algorithms_apart),
        cmocka_unit_test(test_pem_forms),       cmocka_unit_test(test_refused_pem),
        cmocka_unit_test(test_secrets),         cmocka_unit_test(test_public_key_cannot_sign),
        cmocka_unit_test(test_ecdsa_forgeries), cmocka_unit_test(test_large_signature),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
