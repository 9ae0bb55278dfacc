/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/token/claims.h"

#include "common/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static char reason[CLAIMS_REASON_SIZE];

static const struct slice base = SLICE_INIT("http://localhost/.well-known/mercure");

static void assert_slice(struct slice s, const char *text)
{
    assert_non_null(s.data);
    if (!slice_equal(s, slice_str(text)))
        print_error("%.*s is not %s\n", (int)s.size, s.data, text);
    assert_true(slice_equal(s, slice_str(text)));
}

static void expect_reason(enum err err, enum err want, const char *why, const char *json)
{
    if (err != want || strstr(reason, why) == NULL)
        print_error("%.200s: %d %s\n", json, (int)err, reason);
    assert_int_equal(err, want);
    assert_non_null(strstr(reason, why));
}

/* ---- header ---- */

static void read_header(const char *json, struct jose_header *out)
{
    enum err err = claims_read_header(slice_str(json), out, reason);

    if (err != OK)
        print_error("%s: %s\n", json, reason);
    assert_int_equal(err, OK);
}

static void refuse_header(const char *json, enum err want, const char *why)
{
    struct jose_header header;

    reason[0] = '\0';
    expect_reason(claims_read_header(slice_str(json), &header, reason), want, why, json);
}

static void test_header(void **state)
{
    struct jose_header h;

    (void)state;
    read_header("{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"k1\",\"jwk\":{\"kty\":\"oct\"}}", &h);
    assert_int_equal(h.alg, JWS_ES256);
    assert_false(h.at_jwt || h.critical);
    assert_true(h.has_kid);
    assert_slice(slice_of(h.kid, h.kid_size), "k1");
    read_header(" { \"alg\" : \"none\" } ", &h);
    assert_int_equal(h.alg, JWS_ALG_ANY);
    assert_false(h.has_kid);
    read_header("{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"\"}", &h);
    assert_true(h.at_jwt && h.has_kid);
    read_header("{\"alg\":\"HS256\",\"typ\":\"Application/AT+JWT\"}", &h);
    assert_true(h.at_jwt);
    read_header("{\"alg\":\"HS256\",\"crit\":[\"b64\"]}", &h);
    assert_true(h.critical);
    read_header("{\"alg\":\"HS256\",\"crit\":null}", &h);
    assert_true(h.critical);
}

static void test_bad_header(void **state)
{
    char json[400];

    (void)state;
    refuse_header("", ERR_MALFORMED, "not a JSON object");
    refuse_header("[]", ERR_MALFORMED, "not a JSON object");
    refuse_header("\"x\"", ERR_MALFORMED, "not a JSON object");
    refuse_header("{\"alg\":\"HS256\"} x", ERR_MALFORMED, "not a JSON object");
    refuse_header("{\"alg\":\"HS256\"", ERR_MALFORMED, "not a JSON object");
    refuse_header("{\"alg\":\"HS256\",\"alg\":\"none\"}", ERR_MALFORMED, "duplicate");
    refuse_header("{\"alg\":\"HS256\",\"\\u0061lg\":\"none\"}", ERR_MALFORMED, "duplicate");
    refuse_header("{\"alg\":\"\xff\"}", ERR_MALFORMED, "UTF-8");
    refuse_header("{\"alg\":\"HS256\\u0000\"}", ERR_MALFORMED, "U+0000");
    refuse_header("{}", ERR_INVALID, "alg: missing");
    refuse_header("{\"alg\":256}", ERR_INVALID, "alg: must be a string");
    refuse_header("{\"alg\":null}", ERR_INVALID, "alg: must be a string");
    refuse_header("{\"alg\":\"HS256\",\"kid\":1}", ERR_INVALID, "kid: must be a string");
    refuse_header("{\"alg\":\"HS256\",\"typ\":[]}", ERR_INVALID, "typ: must be a string");
    snprintf(json, sizeof json, "{\"alg\":\"HS256\",\"kid\":\"%0256d\"}", 0);
    refuse_header(json, ERR_TOO_LARGE, "kid: longer than 255");
}

/* ---- claims ---- */

static void read_claims(const char *json, bool at_jwt, struct claims *out)
{
    enum err err = claims_read(slice_str(json), at_jwt, base, out, reason);

    if (err != OK)
        print_error("%s: %s\n", json, reason);
    assert_int_equal(err, OK);
}

static void refuse_with(const char *json, bool at_jwt, enum err want, const char *why)
{
    struct claims claims;

    reason[0] = '\0';
    expect_reason(claims_read(slice_str(json), at_jwt, base, &claims, reason), want, why, json);
}

static void refuse(const char *json, enum err want, const char *why)
{
    refuse_with(json, false, want, why);
}

static void test_registered(void **state)
{
    struct claims c;

    (void)state;
    read_claims("{}", false, &c);
    assert_false(c.has_exp);
    assert_true(c.exp_ms == GRANTS_FOREVER && c.grants->exp_ms == GRANTS_FOREVER && c.nbf_ms == 0);
    assert_null(c.issuer.data);
    assert_null(c.grants->subject.data);
    assert_int_equal(c.audience_count, 0);
    claims_clear(&c);
    read_claims("{\"iss\":\"i\",\"sub\":\"s\\u00e9\",\"aud\":[\"a\",\"b\"],\"exp\":10,\"nbf\":9,"
                "\"iat\":\"whatever\",\"jti\":[]}",
                false, &c);
    assert_slice(c.issuer, "i");
    assert_slice(c.grants->subject, "s\xc3\xa9");
    assert_int_equal(c.audience_count, 2);
    assert_slice(c.audiences[1], "b");
    assert_true(c.has_exp && c.exp_ms == 10000 && c.grants->exp_ms == 10000 && c.nbf_ms == 9000);
    claims_clear(&c);
    read_claims("{\"aud\":\"one\"}", false, &c);
    assert_int_equal(c.audience_count, 1);
    assert_slice(c.audiences[0], "one");
    claims_clear(&c);
}

static void expect_exp(const char *number, uint64_t want)
{
    char json[100];
    struct claims c;

    snprintf(json, sizeof json, "{\"exp\":%s,\"nbf\":%s}", number, number);
    read_claims(json, false, &c);
    if (c.exp_ms != want)
        print_error("%s\n", number);
    assert_true(c.has_exp && c.exp_ms == want && c.nbf_ms == want);
    claims_clear(&c);
}

/* lcobucci/jwt writes microseconds (dunglas/mercure#947). */
static void test_times(void **state)
{
    (void)state;
    expect_exp("1300819380", 1300819380000);
    expect_exp("1300819380.123456", 1300819380123);
    expect_exp("1.30081938e9", 1300819380000);
    expect_exp("0.0015", 1);
    expect_exp("0", 0);
    expect_exp("-1", 0);
    expect_exp("-1e300", 0);
    expect_exp("-9223372036854775808", 0);
    expect_exp("8999999999999", 8999999999999000);
    expect_exp("9000000000000", GRANTS_FOREVER);
    expect_exp("9223372036854775807", GRANTS_FOREVER);
    expect_exp("1e300", GRANTS_FOREVER);
    refuse("{\"exp\":1e400}", ERR_MALFORMED, "number that is too large");
    refuse("{\"exp\":99999999999999999999}", ERR_MALFORMED, "number that is too large");
    refuse("{\"exp\":NaN}", ERR_MALFORMED, "not a JSON object");
    refuse("{\"exp\":\"10\"}", ERR_INVALID, "exp: must be a number");
    refuse("{\"exp\":null}", ERR_INVALID, "exp: must be a number");
    refuse("{\"exp\":true}", ERR_INVALID, "exp: must be a number");
    refuse("{\"nbf\":[1]}", ERR_INVALID, "nbf: must be a number");
    refuse("{\"exp\":1,\"exp\":9999999999}", ERR_MALFORMED, "duplicate");
}

static void test_bad_registered(void **state)
{
    (void)state;
    refuse("{\"iss\":1}", ERR_INVALID, "iss: must be a string");
    refuse("{\"sub\":{}}", ERR_INVALID, "sub: must be a string");
    refuse("{\"aud\":1}", ERR_INVALID, "aud: must be a string or an array");
    refuse("{\"aud\":[\"a\",null]}", ERR_INVALID, "aud[1]: must be a string");
    refuse("{\"aud\":[\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\","
           "\"\",\"\"]}",
           ERR_TOO_MANY, "aud: more than 16");
}

static void test_nesting(void **state)
{
    char json[200];
    struct claims c;

    (void)state;
    memset(json, '[', 100);
    json[100] = '\0';
    refuse(json, ERR_MALFORMED, "deeper than 32");
    snprintf(json, sizeof json, "{\"x\":%.31s1%.31s}", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
             "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
    read_claims(json, false, &c);
    claims_clear(&c);
    snprintf(json, sizeof json, "{\"x\":%.32s1%.32s}", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
             "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
    refuse(json, ERR_MALFORMED, "deeper than 32");
    /* Brackets in strings do not count. */
    read_claims("{\"x\":\"[[[[[[[[[[[[[[[[[[\\\"[[[[[[[[[[[[[[[[[[[[[[[[{{{{{{{{{{\"}", false, &c);
    claims_clear(&c);
}

static void test_legacy(void **state)
{
    struct claims c;

    (void)state;
    read_claims("{\"mercure\":{\"publish\":[\"*\"],\"subscribe\":[\"a\",\"r/{id}\"],"
                "\"payload\": { \"n\" : [1, \"\\u00e9\", 1.5, null] }, \"other\":1}}",
                false, &c);
    assert_true(grants_publish(c.grants, SLICE("x")));
    assert_true(grants_subscribe(c.grants, SLICE("r/7")));
    assert_false(grants_subscribe(c.grants, SLICE("x")));
    assert_slice(c.grants->payload, "{\"n\":[1,\"\xc3\xa9\",1.5,null]}");
    assert_slice(grants_payload(c.grants, SLICE("a")), "{\"n\":[1,\"\xc3\xa9\",1.5,null]}");
    assert_false(c.grants->modern);
    claims_clear(&c);
    read_claims("{\"mercure\":{\"publish\":[],\"payload\":\"text\"}}", false, &c);
    assert_true(c.grants->lists[GRANT_PUBLISH].claimed);
    assert_false(c.grants->lists[GRANT_SUBSCRIBE].claimed);
    assert_false(grants_publish(c.grants, SLICE("x")));
    assert_slice(c.grants->payload, "\"text\"");
    claims_clear(&c);
    read_claims("{\"mercure\":{\"admin\":true}}", false, &c);
    assert_true(c.grants->admin);
    assert_false(grants_publish(c.grants, SLICE("a"))); /* it grants no topic */
    claims_clear(&c);
    read_claims("{\"mercure\":{\"admin\":false,\"publish\":[\"*\"]},\"admin\":true}", false, &c);
    assert_false(c.grants->admin);
    claims_clear(&c);
    read_claims("{\"mercure\":{\"publish\":null,\"payload\":null}}", false, &c);
    assert_false(c.grants->lists[GRANT_PUBLISH].claimed);
    assert_null(c.grants->payload.data);
    claims_clear(&c);
}

static void test_namespaced(void **state)
{
    struct claims c;

    (void)state;
    read_claims(
        "{\"mercure\":{\"publish\":[\"*\"]},\"https://mercure.rocks/\":{\"subscribe\":[\"a\"]}}",
        false, &c);
    assert_false(grants_publish(c.grants, SLICE("x")));
    assert_true(grants_subscribe(c.grants, SLICE("a")));
    claims_clear(&c);
    read_claims("{\"mercure\":{\"publish\":[\"*\"]},\"https://mercure.rocks/\":null}", false, &c);
    assert_true(grants_publish(c.grants, SLICE("x")));
    claims_clear(&c);
    refuse("{\"mercure\":{},\"https://mercure.rocks/\":[]}", ERR_INVALID,
           "https://mercure.rocks/: must be an object");
}

static void test_bad_legacy(void **state)
{
    (void)state;
    refuse("{\"mercure\":[]}", ERR_INVALID, "mercure: must be an object");
    refuse("{\"mercure\":{\"admin\":\"yes\"}}", ERR_INVALID,
           "mercure: admin: must be true or false");
    refuse("{\"mercure\":\"*\"}", ERR_INVALID, "mercure: must be an object");
    refuse("{\"mercure\":{\"publish\":\"*\"}}", ERR_INVALID, "mercure: publish: must be an array");
    refuse("{\"mercure\":{\"subscribe\":[\"a\",1]}}", ERR_INVALID,
           "mercure: subscribe[1]: must be a string");
    refuse("{\"mercure\":{\"subscribe\":[\"\"]}}", ERR_INVALID,
           "mercure: subscribe[0]: not a topic");
    refuse("{\"mercure\":{\"subscribe\":[\"a\\nb\"]}}", ERR_INVALID, "subscribe[0]: not a topic");
    refuse("{\"mercure\":{\"publish\":[\"a\"],\"publish\":[\"*\"]}}", ERR_MALFORMED, "duplicate");
}

static void test_too_many(void **state)
{
    struct buf json;

    (void)state;
    buf_init(&json, 100000);
    buf_str(&json, "{\"mercure\":{\"publish\":[\"a\"");
    for (int i = 0; i < GRANTS_MAX; i++)
        buf_str(&json, ",\"a\"");
    buf_str(&json, "]}}");
    buf_char(&json, '\0');
    refuse(json.data, ERR_TOO_MANY, "mercure: publish[1000]: more than 1000 grants to publish");
    buf_clear(&json);
}

/* ---- authorization_details ---- */

#define DETAIL(rest) "{\"type\":\"https://mercure.rocks/authorization-detail\"," rest "}"
#define DETAILS(list) "{\"exp\":1,\"authorization_details\":[" list "]}"

static void test_modern(void **state)
{
    struct claims c;

    (void)state;
    read_claims(
        DETAILS("{\"type\":\"other\",\"actions\":7}," DETAIL("\"actions\":[\"subscribe\","
                                                             "\"fly\"],\"topics\":[{\"match\":"
                                                             "\"a\"},"
                                                             "{\"match\":\"/r/"
                                                             "*\",\"match_type\":"
                                                             "\"urlpattern\"}],\"payload\":{"
                                                             "\"n\":1}") "," DETAIL("\"actions"
                                                                                    "\":["
                                                                                    "\"publish"
                                                                                    "\"],"
                                                                                    "\"topics\""
                                                                                    ":[{"
                                                                                    "\"match\":"
                                                                                    "\"*\","
                                                                                    "\"match_"
                                                                                    "type\":"
                                                                                    "\"exact\"}"
                                                                                    "]")),
        true, &c);
    assert_true(c.grants->modern);
    assert_int_equal(c.grants->lists[GRANT_SUBSCRIBE].count, 2);
    assert_int_equal(c.grants->lists[GRANT_SUBSCRIBE].grants[1].match, GRANT_URLPATTERN);
    assert_true(grants_publish(c.grants, SLICE("anything")));
    assert_true(grants_subscribe(c.grants, SLICE("a")));
    assert_slice(grants_payload(c.grants, SLICE("a")), "{\"n\":1}");
    assert_null(grants_payload(c.grants, SLICE("b")).data);
    claims_clear(&c);
    read_claims(DETAILS(""), true, &c);
    assert_true(c.grants->modern);
    assert_false(grants_publish(c.grants, SLICE("a")));
    claims_clear(&c);
}

/* Which dialect a token is read in. */
static void test_dialects(void **state)
{
    struct claims c;

    (void)state;
    /* an at+jwt token: only authorization_details */
    read_claims("{\"mercure\":{\"publish\":[\"*\"]},\"authorization_details\":[]}", true, &c);
    assert_false(grants_publish(c.grants, SLICE("a")));
    claims_clear(&c);
    /* an at+jwt token without details: the older dialect, which ignores typ */
    read_claims("{\"mercure\":{\"publish\":[\"*\"]}}", true, &c);
    assert_true(grants_publish(c.grants, SLICE("a")));
    assert_false(c.grants->modern);
    claims_clear(&c);
    /* any other token: the older dialect */
    read_claims("{\"mercure\":{\"publish\":[\"a\"]},\"authorization_details\":[]}", false, &c);
    assert_true(grants_publish(c.grants, SLICE("a")));
    claims_clear(&c);
    refuse(DETAILS(""), ERR_INVALID, "typ at+jwt");
}

static void refuse_modern(const char *json, const char *why)
{
    refuse_with(json, true, ERR_INVALID, why);
}

static void test_bad_modern(void **state)
{
    struct claims c;

    (void)state;
    refuse_modern("{\"authorization_details\":{}}", "must be an array");
    refuse_modern("{\"authorization_details\":null}", "must be an array");
    refuse_modern(DETAILS("1"), "[0]: must be an object with a type");
    refuse_modern(DETAILS("{}"), "[0]: must be an object with a type");
    refuse_modern(DETAILS("{\"type\":1}"), "[0]: must be an object with a type");
    refuse_modern(DETAILS(DETAIL("\"topics\":[{\"match\":\"a\"}]")),
                  "[0]: actions: must be a non-empty array");
    refuse_modern(DETAILS(DETAIL("\"actions\":[],\"topics\":[{\"match\":\"a\"}]")),
                  "[0]: actions: must be a non-empty array");
    refuse_modern(DETAILS(DETAIL("\"actions\":[1],\"topics\":[{\"match\":\"a\"}]")),
                  "actions[0]: must be a string");
    refuse_modern(DETAILS(DETAIL("\"actions\":[\"publish\"]")),
                  "topics: must be a non-empty array");
    refuse_modern(DETAILS(DETAIL("\"actions\":[\"publish\"],\"topics\":[]")),
                  "topics: must be a non-empty array");
    refuse_modern(DETAILS(DETAIL("\"actions\":[\"publish\"],\"topics\":[\"a\"]")),
                  "topics[0]: must be an object");
    refuse_modern(DETAILS(DETAIL("\"actions\":[\"publish\"],\"topics\":[{}]")),
                  "topics[0]: must be a string");
    refuse_modern(DETAILS(DETAIL("\"actions\":[\"fly\"],\"topics\":[{}]")),
                  "topics[0]: match: must be a string");
    refuse_modern(DETAILS(DETAIL("\"actions\":[\"publish\"],\"topics\":[{\"match\":\"a\","
                                 "\"match_type\":\"regex\"}]")),
                  "match_type: must be exact or urlpattern");
    refuse_modern(DETAILS(DETAIL("\"actions\":[\"publish\"],\"topics\":[{\"match\":\"/(x)\","
                                 "\"match_type\":\"urlpattern\"}]")),
                  "not a supported URL pattern");
    reason[0] = '\0';
    assert_int_equal(
        claims_read(SLICE(DETAILS(DETAIL("\"actions\":[\"publish\"],\"topics\":[{\"match\":"
                                         "\"/x\",\"match_type\":\"urlpattern\"}]"))),
                    true, (struct slice){0}, &c, reason),
        ERR_INVALID);
    assert_non_null(strstr(reason, "not supported"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header),         cmocka_unit_test(test_bad_header),
        cmocka_unit_test(test_registered),     cmocka_unit_test(test_times),
        cmocka_unit_test(test_bad_registered), cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_legacy),         cmocka_unit_test(test_namespaced),
        cmocka_unit_test(test_bad_legacy),     cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_modern),         cmocka_unit_test(test_dialects),
        cmocka_unit_test(test_bad_modern),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
