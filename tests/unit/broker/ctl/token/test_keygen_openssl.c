/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/token/keygen.h"

#include "common/token/jws_key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void sign_and_verify(enum jws_alg alg)
{
    char reason[JWS_REASON_SIZE];
    struct jws_key *signer = NULL;
    struct jws_key *verifier = NULL;
    struct buf key;
    struct buf public_key;
    struct buf signature;

    buf_init(&key, 16384);
    buf_init(&public_key, 16384);
    buf_init(&signature, JWS_SIGNATURE_SIZE_MAX);
    assert_int_equal(keygen_make(alg, &key, &public_key), OK);
    if (jws_alg_info(alg)->family == JWS_HMAC) {
        assert_int_equal(public_key.size, 0);
        assert_int_equal(jws_key_secret(alg, slice_of(key.data, key.size - 1), &signer, reason),
                         OK);
        assert_int_equal(jws_key_secret(alg, slice_of(key.data, key.size - 1), &verifier, reason),
                         OK);
    } else {
        assert_int_equal(jws_key_pem(alg, buf_all(&key), &signer, reason), OK);
        assert_int_equal(jws_key_pem(alg, buf_all(&public_key), &verifier, reason), OK);
        assert_false(jws_key_can_sign(verifier));
    }
    assert_int_equal(jws_sign(signer, SLICE("text"), &signature), OK);
    assert_true(jws_verify(verifier, SLICE("text"), buf_all(&signature)));
    assert_false(jws_verify(verifier, SLICE("other"), buf_all(&signature)));
    jws_key_destroy(signer);
    jws_key_destroy(verifier);
    buf_clear(&key);
    buf_clear(&public_key);
    buf_clear(&signature);
}

/* An edge accepts each kind of key. Only two of the RSA keys are made, since they take seconds. */
static void test_all(void **state)
{
    static const enum jws_alg algs[] = {JWS_HS256, JWS_HS384, JWS_HS512, JWS_RS256, JWS_PS512,
                                        JWS_ES256, JWS_ES384, JWS_ES512, JWS_EDDSA};

    (void)state;
    for (size_t i = 0; i < sizeof algs / sizeof algs[0]; i++)
        sign_and_verify(algs[i]);
}

static void test_different(void **state)
{
    struct buf a;
    struct buf b;
    struct buf none;

    (void)state;
    buf_init(&a, 1000);
    buf_init(&b, 1000);
    buf_init(&none, 1000);
    assert_int_equal(keygen_make(JWS_HS256, &a, &none), OK);
    assert_int_equal(keygen_make(JWS_HS256, &b, &none), OK);
    assert_int_equal(a.size, b.size);
    assert_false(slice_equal(buf_all(&a), buf_all(&b)));
    buf_clear(&a);
    buf_clear(&b);
    buf_clear(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all),
                                       cmocka_unit_test(test_different)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
