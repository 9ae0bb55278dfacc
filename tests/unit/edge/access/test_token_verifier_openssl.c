/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/access/token_verifier_openssl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define NOW 1000000

/* HS256 over SECRET, made with Python's hmac:
 * {"mercure":{"publish":["*"]},"iss":"me","aud":["x","hub"]} */
#define SECRET "0123456789abcdef0123456789abcdef"
#define TOKEN                                                                                      \
    "eyJhbGciOiJIUzI1NiJ9."                                                                        \
    "eyJtZXJjdXJlIjp7InB1Ymxpc2giOlsiKiJdfSwiaXNzIjoibWUiLCJhdWQiOlsieCIsImh1YiJdfQ."              \
    "pIwtjdiQkncdD4HA_IASc8S-8iKj7_W6-XCGo1GcWiw"

static const struct hash_key hash_key = {{7}};

static struct token_verifier *make(const char *issuers, const char *audiences)
{
    struct token_verifier_config config = {.text = SECRET,
                                           .file = "",
                                           .alg = JWS_ALG_ANY,
                                           .issuers = issuers,
                                           .audiences = audiences,
                                           .cache_bytes = 10000};
    char reason[KEY_SOURCES_REASON_SIZE];
    struct token_verifier *keys = NULL;

    assert_true(token_verifier_wanted(&config));
    assert_int_equal(token_verifier_create(&config, &hash_key, &keys, reason), OK);
    return keys;
}

static enum token_error verify(struct token_verifier *keys, const char *token)
{
    struct grants *grants = NULL;
    char detail[TOKEN_DETAIL_SIZE];
    enum token_error error = token_verifier_verify(keys, NOW, slice_str(token), &grants, detail);

    if (error == TOKEN_OK)
        assert_true(grants_publish(grants, SLICE("anything")));
    else
        assert_null(grants);
    grants_unref(grants);
    return error;
}

/* The second verification finds the token in the cache. */
static void test_twice(void **state)
{
    struct token_verifier *keys = make("", "");
    char reason[KEY_SOURCES_REASON_SIZE];
    bool changed = true;

    (void)state;
    assert_int_equal(verify(keys, TOKEN), TOKEN_OK);
    assert_int_equal(verify(keys, TOKEN), TOKEN_OK);
    assert_int_equal(verify(keys, TOKEN "A"), TOKEN_SIGNATURE);
    assert_int_equal(token_verifier_refresh(keys, false, &changed, reason), OK);
    assert_false(changed);
    assert_int_equal(verify(keys, TOKEN), TOKEN_OK);
    token_verifier_destroy(keys);
    token_verifier_destroy(NULL);
}

static void test_rules(void **state)
{
    static const struct {
        const char *issuers;
        const char *audiences;
        enum token_error error;
    } cases[] = {
        {"me", "hub", TOKEN_OK},    {",you,,me,", "a,x", TOKEN_OK}, {"you", "", TOKEN_ISSUER},
        {"", "me", TOKEN_AUDIENCE}, {"m", "", TOKEN_ISSUER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct token_verifier *keys = make(cases[i].issuers, cases[i].audiences);

        assert_int_equal(verify(keys, TOKEN), cases[i].error);
        token_verifier_destroy(keys);
    }
}

static void test_bad_config(void **state)
{
    struct token_verifier_config config = {.text = "", .file = "", .issuers = "", .audiences = ""};
    char reason[KEY_SOURCES_REASON_SIZE] = "";
    struct token_verifier *keys = NULL;

    (void)state;
    assert_false(token_verifier_wanted(&config));
    config.alg = JWS_ALG_ANY;
    config.text = "short";
    assert_int_not_equal(token_verifier_create(&config, &hash_key, &keys, reason), OK);
    assert_null(strstr(reason, "short "));
    config.text = "";
    config.file = "/nowhere/at/all";
    assert_int_equal(token_verifier_create(&config, &hash_key, &keys, reason), ERR_NOT_FOUND);
    assert_non_null(strstr(reason, "/nowhere/at/all"));
    config.audiences = "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17";
    assert_int_equal(token_verifier_create(&config, &hash_key, &keys, reason), ERR_TOO_MANY);
    assert_null(keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_twice),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_bad_config),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
