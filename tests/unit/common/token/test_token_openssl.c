/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/token/token.h"

#include "common/base/base64.h"
#include "tests/unit/common/token/token_keys.h"
#include "tests/unit/common/token/token_vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define NOW UINT64_C(1300819370000) /* ten seconds before the tokens of RFC 7515 expire */

static const struct token_rules no_rules;

static char detail[TOKEN_DETAIL_SIZE];
static char reason[KEYRING_REASON_SIZE];

static struct keyring ring_of(enum jws_alg alg, const char *text)
{
    struct keyring k;
    enum err err;

    keyring_init(&k);
    err = keyring_add(&k, alg, slice_str(text), reason);
    if (err != OK)
        print_error("%s\n", reason);
    assert_int_equal(err, OK);
    return k;
}

static enum token_error verify(const struct keyring *k, struct slice token, struct grants **out)
{
    detail[0] = '\0';
    return token_verify(k, &no_rules, NOW, token, out, detail);
}

/* Expects the token to fail with this error and a detail that contains `why`. */
static void refuse(const struct keyring *k, const char *token, enum token_error want,
                   const char *why)
{
    struct grants *grants = NULL;
    enum token_error error = verify(k, slice_str(token), &grants);

    if (error != want || strstr(detail, why) == NULL)
        print_error("%.120s: %s: %s\n", token, token_error_text(error), detail);
    assert_int_equal(error, want);
    assert_non_null(strstr(detail, why));
    assert_null(grants);
}

static void accept(const struct keyring *k, const char *token)
{
    struct grants *grants = NULL;
    enum token_error error = verify(k, slice_str(token), &grants);

    if (error != TOKEN_OK)
        print_error("%.120s: %s: %s\n", token, token_error_text(error), detail);
    assert_int_equal(error, TOKEN_OK);
    grants_unref(grants);
}

/* ---- published examples ---- */

static void expect_rfc7515(const char *jwk, const char *token)
{
    struct keyring k = ring_of(JWS_ALG_ANY, jwk);
    struct grants *grants;

    accept(&k, token);
    assert_int_equal(
        token_verify(&k, &no_rules, UINT64_C(1300819380000), slice_str(token), &grants, detail),
        TOKEN_EXPIRED);
    keyring_clear(&k);
}

static void test_rfc7515(void **state)
{
    (void)state;
    expect_rfc7515(RFC7515_A1_JWK, RFC7515_A1_TOKEN);
    expect_rfc7515(RFC7515_A2_JWK, RFC7515_A2_TOKEN);
    expect_rfc7515(RFC7515_A3_JWK, RFC7515_A3_TOKEN);
}

/* A payload that is not JSON shows that the signature is verified before the payload is read. Any
 * other signature fails as such. */
static void expect_signed(const char *jwk, const char *token)
{
    struct keyring k = ring_of(JWS_ALG_ANY, jwk);
    char other[1000];
    char *last_part;

    refuse(&k, token, TOKEN_MALFORMED, "payload is not a JSON object");
    assert_true(strlen(token) < sizeof other);
    memcpy(other, token, strlen(token) + 1);
    last_part = strrchr(other, '.') + 1;
    *last_part = *last_part == 'A' ? 'B' : 'A';
    refuse(&k, other, TOKEN_SIGNATURE, "signature");
    keyring_clear(&k);
}

static void test_rfc7520_and_8037(void **state)
{
    (void)state;
    expect_signed(RFC7520_4_1_JWK, RFC7520_4_1_TOKEN);
    expect_signed(RFC7520_4_2_JWK, RFC7520_4_2_TOKEN);
    expect_signed(RFC7520_4_3_JWK, RFC7520_4_3_TOKEN);
    expect_signed(RFC7520_4_4_JWK, RFC7520_4_4_TOKEN);
    expect_signed(RFC8037_A4_JWK, RFC8037_A4_TOKEN);
}

/* Tokens that another implementation signed. */
static void expect_pyjwt(enum jws_alg alg, const char *key, const char *token)
{
    struct keyring k = ring_of(alg, key);
    struct grants *grants;

    assert_int_equal(verify(&k, slice_str(token), &grants), TOKEN_OK);
    assert_true(grants_publish(grants, SLICE("anything")));
    assert_true(grants_subscribe(grants, SLICE("room/7")));
    assert_false(grants_subscribe(grants, SLICE("hall/7")));
    assert_true(slice_equal(grants->payload, SLICE("{\"name\":\"Ann\"}")));
    assert_true(slice_equal(grants->subject, SLICE("ann")));
    assert_true(grants->exp_ms == UINT64_C(4102444800500));
    grants_unref(grants);
    keyring_clear(&k);
}

static void test_pyjwt(void **state)
{
    (void)state;
    expect_pyjwt(JWS_HS256, SECRET_64, TOKEN_HS256);
    expect_pyjwt(JWS_HS384, SECRET_64, TOKEN_HS384);
    expect_pyjwt(JWS_HS512, SECRET_64, TOKEN_HS512);
    expect_pyjwt(JWS_RS256, RSA_PUBLIC, TOKEN_RS256);
    expect_pyjwt(JWS_RS384, RSA_PUBLIC, TOKEN_RS384);
    expect_pyjwt(JWS_RS512, RSA_PUBLIC, TOKEN_RS512);
    expect_pyjwt(JWS_PS256, RSA_PUBLIC, TOKEN_PS256);
    expect_pyjwt(JWS_PS384, RSA_PUBLIC, TOKEN_PS384);
    expect_pyjwt(JWS_PS512, RSA_PUBLIC, TOKEN_PS512);
    expect_pyjwt(JWS_ALG_ANY, P256_PUBLIC, TOKEN_ES256);
    expect_pyjwt(JWS_ALG_ANY, P384_PUBLIC, TOKEN_ES384);
    expect_pyjwt(JWS_ALG_ANY, ED25519_PUBLIC, TOKEN_EDDSA);
    expect_pyjwt(JWS_ALG_ANY, MIXED_JWKS, TOKEN_PS256);
    expect_pyjwt(JWS_ALG_ANY, MIXED_JWKS, TOKEN_HS256);
    expect_pyjwt(JWS_ALG_ANY, MIXED_JWKS, TOKEN_EDDSA);
}

/* ---- forgeries ---- */

static void encode(struct buf *out, const char *text)
{
    base64url_encode(out, slice_str(text));
}

/* Returns a token of this text, signed with the first key of the ring; NUL-terminated. */
static struct buf sign(const struct keyring *k, const char *header, const char *payload)
{
    struct buf token;
    struct buf signature;

    buf_init(&token, (size_t)4 << 20);
    buf_init(&signature, JWS_SIGNATURE_SIZE_MAX);
    encode(&token, header);
    buf_char(&token, '.');
    encode(&token, payload);
    assert_int_equal(jws_sign(k->keys[0].key, buf_all(&token), &signature), OK);
    buf_char(&token, '.');
    base64url_encode(&token, buf_all(&signature));
    buf_char(&token, '\0');
    assert_true(buf_ok(&token));
    buf_clear(&signature);
    return token;
}

static void refuse_signed(const struct keyring *k, const char *header, const char *payload,
                          enum token_error want, const char *why)
{
    struct buf token = sign(k, header, payload);

    refuse(k, token.data, want, why);
    buf_clear(&token);
}

#define HS256 "{\"alg\":\"HS256\"}"

static void test_none(void **state)
{
    static const char *const names[] = {"none", "None", "NONE", "nOnE", "", "hs256", "HS1", "RS1"};
    struct keyring k = ring_of(JWS_ALG_ANY, SECRET_64);

    (void)state;
    refuse(&k, RFC7515_A5_TOKEN, TOKEN_ALGORITHM, "alg: missing or not supported");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char header[64];

        snprintf(header, sizeof header, "{\"alg\":\"%s\"}", names[i]);
        refuse_signed(&k, header, "{}", TOKEN_ALGORITHM, "alg: missing or not supported");
    }
    refuse_signed(&k, "{}", "{}", TOKEN_MALFORMED, "alg: missing");
    keyring_clear(&k);
}

/* The text of a public key never serves as a secret. */
static void test_key_confusion(void **state)
{
    struct keyring rsa = ring_of(JWS_RS256, RSA_PUBLIC);
    struct keyring p256 = ring_of(JWS_ALG_ANY, P256_PUBLIC);
    struct keyring all = ring_of(JWS_ALG_ANY, MIXED_JWKS);

    (void)state;
    refuse(&rsa, TOKEN_CONFUSED_RSA, TOKEN_ALGORITHM, "no key for");
    refuse(&p256, TOKEN_CONFUSED_P256, TOKEN_ALGORITHM, "no key for");
    refuse(&all, TOKEN_CONFUSED_RSA, TOKEN_SIGNATURE, "signature");
    refuse(&all, TOKEN_CONFUSED_P256, TOKEN_SIGNATURE, "signature");
    keyring_clear(&rsa);
    keyring_clear(&p256);
    keyring_clear(&all);
}

/* A valid signature of another algorithm is refused, even with the same key. */
static void test_other_algorithm(void **state)
{
    struct keyring rs256 = ring_of(JWS_RS256, RSA_PUBLIC);
    struct keyring hs256 = ring_of(JWS_HS256, SECRET_64);

    (void)state;
    refuse(&rs256, TOKEN_RS512, TOKEN_ALGORITHM, "alg:");
    refuse(&rs256, TOKEN_PS256, TOKEN_ALGORITHM, "alg:");
    refuse(&hs256, TOKEN_HS512, TOKEN_ALGORITHM, "alg:");
    refuse_signed(&hs256, "{\"alg\":\"HS512\"}", "{}", TOKEN_ALGORITHM, "alg:");
    keyring_clear(&rs256);
    keyring_clear(&hs256);
}

/* RFC 7518, section 3.5: the salt has the size of the hash. */
static void test_pss_salt(void **state)
{
    struct keyring k = ring_of(JWS_PS256, RSA_PUBLIC);

    (void)state;
    accept(&k, TOKEN_PS256);
    refuse(&k, TOKEN_PS256_LONG_SALT, TOKEN_SIGNATURE, "signature");
    keyring_clear(&k);
}

static void test_zero_ecdsa(void **state)
{
    struct keyring k = ring_of(JWS_ALG_ANY, RFC7515_A3_JWK);
    struct buf token;
    char zeros[64] = {0};

    (void)state;
    buf_init(&token, 1000);
    encode(&token, "{\"alg\":\"ES256\"}");
    buf_char(&token, '.');
    encode(&token, "{\"mercure\":{\"publish\":[\"*\"]}}");
    buf_char(&token, '.');
    base64url_encode(&token, slice_of(zeros, sizeof zeros));
    buf_char(&token, '\0');
    refuse(&k, token.data, TOKEN_SIGNATURE, "signature");
    buf_clear(&token);
    keyring_clear(&k);
}

static void test_wrong_curve(void **state)
{
    struct keyring p256 = ring_of(JWS_ALG_ANY, P256_PUBLIC);
    struct keyring p384 = ring_of(JWS_ALG_ANY, P384_PUBLIC);

    (void)state;
    refuse(&p256, TOKEN_ES384, TOKEN_ALGORITHM, "alg:");
    refuse(&p384, TOKEN_ES256, TOKEN_ALGORITHM, "alg:");
    refuse(&p256, RFC7515_A3_TOKEN, TOKEN_SIGNATURE, "signature");
    keyring_clear(&p256);
    keyring_clear(&p384);
}

/* A key that the token contains or names is ignored. */
static void test_keys_in_token(void **state)
{
    struct keyring theirs = ring_of(JWS_ALG_ANY, RFC7515_A1_JWK);
    struct keyring ours = ring_of(JWS_ALG_ANY, SECRET_64);
    struct buf token = sign(&theirs,
                            "{\"alg\":\"HS256\",\"jwk\":" RFC7515_A1_JWK
                            ",\"jku\":\"http://127.0.0.1/\",\"x5c\":[\"AAAA\"]}",
                            "{}");

    (void)state;
    refuse(&ours, token.data, TOKEN_SIGNATURE, "signature");
    accept(&theirs, token.data);
    buf_clear(&token);
    keyring_clear(&theirs);
    keyring_clear(&ours);
}

static void expect_truncated(const struct keyring *k, const char *token)
{
    size_t size = strlen(token);

    for (size_t i = 0; i < size; i++) {
        struct grants *grants = NULL;
        char *cut = test_malloc(i + 1); /* so that a sanitizer notices reads beyond the end */

        memcpy(cut, token, i);
        assert_int_not_equal(verify(k, slice_of(cut, i), &grants), TOKEN_OK);
        assert_null(grants);
        /* and without its first bytes */
        assert_int_not_equal(verify(k, slice_of(token + 1 + i, size - 1 - i), &grants), TOKEN_OK);
        test_free(cut);
    }
}

static void expect_changed(const struct keyring *k, const char *token)
{
    char other[2000];
    size_t size = strlen(token);

    assert_true(size < sizeof other);
    memcpy(other, token, size + 1);
    for (size_t i = 0; i < size; i++) {
        struct grants *grants = NULL;

        other[i] = (char)(other[i] == 'A' ? 'B' : 'A');
        assert_int_not_equal(verify(k, slice_of(other, size), &grants), TOKEN_OK);
        assert_null(grants);
        other[i] = token[i];
    }
}

static void test_cut_and_changed(void **state)
{
    struct keyring k = ring_of(JWS_ALG_ANY, MIXED_JWKS);

    (void)state;
    expect_truncated(&k, TOKEN_HS256);
    expect_truncated(&k, TOKEN_ES256);
    expect_truncated(&k, TOKEN_EDDSA);
    expect_changed(&k, TOKEN_HS256);
    expect_changed(&k, TOKEN_ES256);
    expect_changed(&k, TOKEN_RS256);
    keyring_clear(&k);
}

static void test_shapes(void **state)
{
    struct keyring k = ring_of(JWS_ALG_ANY, SECRET_64);

    (void)state;
    refuse(&k, "", TOKEN_MALFORMED, "three parts");
    refuse(&k, "..", TOKEN_MALFORMED, "three parts");
    refuse(&k, TOKEN_HS256 ".", TOKEN_MALFORMED, "three parts");
    refuse(&k, TOKEN_HS256 "=", TOKEN_MALFORMED, "base64url");
    refuse(&k, TOKEN_HS256 " ", TOKEN_MALFORMED, "base64url");
    refuse(&k, TOKEN_HS256 "A", TOKEN_SIGNATURE, "signature");
    refuse(&k, "e30.e30.AAAA", TOKEN_MALFORMED, "alg: missing");
    refuse(&k, "AAAA.AAAA.AAAA", TOKEN_MALFORMED, "header is not a JSON");
    keyring_clear(&k);
}

/* Properly signed, but with bad content. */
static void test_bad_content(void **state)
{
    struct keyring k = ring_of(JWS_ALG_ANY, SECRET_64);

    (void)state;
    refuse_signed(&k, "{\"alg\":\"HS256\",\"crit\":[\"exp\"],\"exp\":1}", "{}", TOKEN_MALFORMED,
                  "crit:");
    refuse_signed(&k, "{\"alg\":\"HS256\",\"alg\":\"HS256\"}", "{}", TOKEN_MALFORMED, "duplicate");
    refuse_signed(&k, HS256, "{\"exp\":1,\"exp\":9999999999}", TOKEN_MALFORMED, "duplicate");
    refuse_signed(&k, HS256, "{\"mercure\":{\"publish\":[]},\"mercure\":{\"publish\":[\"*\"]}}",
                  TOKEN_MALFORMED, "duplicate");
    refuse_signed(&k, HS256, "[]", TOKEN_MALFORMED, "not a JSON object");
    refuse_signed(&k, HS256, "{\"a\":\"\xc0\xaf\"}", TOKEN_MALFORMED, "UTF-8");
    refuse_signed(&k, HS256, "{\"mercure\":7}", TOKEN_CLAIMS, "mercure: must be an object");
    refuse_signed(&k, HS256, "{\"exp\":\"never\"}", TOKEN_CLAIMS, "exp: must be a number");
    refuse_signed(&k, HS256, "{\"exp\":-1e9}", TOKEN_EXPIRED, "exp: the token expired");
    refuse_signed(&k, HS256, "{\"exp\":1300819369.999}", TOKEN_EXPIRED, "expired 0 s ago");
    refuse_signed(&k, HS256, "{\"nbf\":1300819370.001}", TOKEN_EARLY, "another 1 s");
    refuse_signed(&k, "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", "{\"authorization_details\":[]}",
                  TOKEN_CLAIMS, "exp: missing");
    keyring_clear(&k);
}

static void test_huge_and_nested(void **state)
{
    struct keyring k = ring_of(JWS_ALG_ANY, SECRET_64);
    struct buf json;

    (void)state;
    buf_init(&json, 1u << 20);
    buf_str(&json, "{\"x\":\"");
    for (int i = 0; i < 60000; i++)
        buf_char(&json, 'x');
    buf_str(&json, "\"}");
    buf_char(&json, '\0');
    refuse_signed(&k, HS256, json.data, TOKEN_MALFORMED, "larger than 65536 bytes");
    buf_reset(&json);
    buf_str(&json, "{\"x\":");
    for (int i = 0; i < 40000; i++)
        buf_char(&json, '[');
    buf_char(&json, '\0');
    refuse_signed(&k, HS256, json.data, TOKEN_MALFORMED, "nested deeper");
    refuse_signed(&k, json.data, "{}", TOKEN_MALFORMED, "header is nested deeper");
    buf_clear(&json);
    keyring_clear(&k);
}

static void test_kid(void **state)
{
    struct keyring k = ring_of(JWS_ALG_ANY, RFC7520_4_4_JWK);
    struct buf named =
        sign(&k, "{\"alg\":\"HS256\",\"kid\":\"018c0ae5-4d9b-471b-bfd6-eef314bc7037\"}", "{}");
    struct buf unnamed = sign(&k, HS256, "{}");

    (void)state;
    accept(&k, named.data);
    accept(&k, unnamed.data);
    refuse_signed(&k, "{\"alg\":\"HS256\",\"kid\":\"other\"}", "{}", TOKEN_SIGNATURE, "kid:");
    refuse_signed(&k, "{\"alg\":\"HS256\",\"kid\":\"\"}", "{}", TOKEN_SIGNATURE, "kid:");
    buf_clear(&named);
    buf_clear(&unnamed);
    keyring_clear(&k);
}

/* Any of several keys may have signed the token. */
static void test_several_keys(void **state)
{
    struct keyring old = ring_of(JWS_ALG_ANY, RFC7515_A1_JWK);
    struct keyring both = ring_of(JWS_ALG_ANY, SECRET_64);

    (void)state;
    assert_int_equal(keyring_add(&both, JWS_ALG_ANY, SLICE(RFC7515_A1_JWK), reason), OK);
    accept(&both, RFC7515_A1_TOKEN);
    accept(&both, TOKEN_HS256);
    refuse(&old, TOKEN_HS256, TOKEN_SIGNATURE, "signature");
    keyring_clear(&old);
    keyring_clear(&both);
}

static void test_no_keys(void **state)
{
    struct keyring k;

    (void)state;
    keyring_init(&k);
    refuse(&k, TOKEN_HS256, TOKEN_ALGORITHM, "no key");
    keyring_clear(&k);
}

static void test_rules(void **state)
{
    const struct slice issuers[] = {SLICE_INIT("joe")};
    const struct slice audiences[] = {SLICE_INIT("hub")};
    struct token_rules rules = {.issuers = issuers, .issuer_count = 1};
    struct keyring k = ring_of(JWS_ALG_ANY, RFC7515_A1_JWK);
    struct grants *grants;

    (void)state;
    assert_int_equal(token_verify(&k, &rules, NOW, SLICE(RFC7515_A1_TOKEN), &grants, detail),
                     TOKEN_OK);
    grants_unref(grants);
    rules.audiences = audiences;
    rules.audience_count = 1;
    assert_int_equal(token_verify(&k, &rules, NOW, SLICE(RFC7515_A1_TOKEN), &grants, detail),
                     TOKEN_AUDIENCE);
    rules = (struct token_rules){.leeway_ms = 20000};
    assert_int_equal(
        token_verify(&k, &rules, NOW + 29999, SLICE(RFC7515_A1_TOKEN), &grants, detail), TOKEN_OK);
    grants_unref(grants);
    assert_int_equal(
        token_verify(&k, &rules, NOW + 30000, SLICE(RFC7515_A1_TOKEN), &grants, detail),
        TOKEN_EXPIRED);
    keyring_clear(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc7515),         cmocka_unit_test(test_rfc7520_and_8037),
        cmocka_unit_test(test_pyjwt),           cmocka_unit_test(test_none),
        cmocka_unit_test(test_key_confusion),   cmocka_unit_test(test_other_algorithm),
        cmocka_unit_test(test_zero_ecdsa),      cmocka_unit_test(test_wrong_curve),
        cmocka_unit_test(test_keys_in_token),   cmocka_unit_test(test_cut_and_changed),
        cmocka_unit_test(test_shapes),          cmocka_unit_test(test_bad_content),
        cmocka_unit_test(test_huge_and_nested), cmocka_unit_test(test_kid),
        cmocka_unit_test(test_several_keys),    cmocka_unit_test(test_no_keys),
        cmocka_unit_test(test_pss_salt),        cmocka_unit_test(test_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
