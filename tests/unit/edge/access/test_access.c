/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/access/access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* Accepts "good", which may subscribe to "a"; counts the calls. */
static enum token_error check_token(void *context, uint64_t unix_ms, struct slice token,
                                    struct grants **out, char detail[TOKEN_DETAIL_SIZE])
{
    struct slice none = {NULL, 0};

    ++*(unsigned *)context;
    assert_int_equal(unix_ms, 5000);
    if (!slice_equal(token, SLICE("good"))) {
        (void)snprintf(detail, TOKEN_DETAIL_SIZE, "bad");
        return TOKEN_SIGNATURE;
    }
    *out = grants_create((struct slice){0});
    assert_int_equal(grants_add(*out, GRANT_SUBSCRIBE, GRANT_EXACT, SLICE("a"), none), OK);
    assert_int_equal(grants_copy_text(*out, SLICE("ann"), &(*out)->subject), OK);
    return TOKEN_OK;
}

struct world {
    struct access_config config;
    struct access_rules rules;
    struct http_message message;
    struct http_header headers[3];
    struct access access;
    struct access_refusal refusal;
    unsigned asked;
};

static int setup(void **state)
{
    static struct world world;

    world = (struct world){
        .config = {.cookie_name = "c", .cors_origins = "", .publish_origins = "https://app"},
        .rules = {.config = &world.config, .verify = check_token, .context = &world.asked}};
    world.message.headers = world.headers;
    *state = &world;
    return 0;
}

static bool check(struct world *w, enum access_need need, bool writes)
{
    bool good =
        access_check(&w->rules, 5000, &w->message, NULL, need, writes, &w->access, &w->refusal);

    w->message.header_count = 0;
    return good;
}

static void header(struct world *w, const char *name, const char *value)
{
    w->headers[w->message.header_count++] = (struct http_header){slice_str(name), slice_str(value)};
}

static void expect_refused(const struct world *w, int status, bool bad_token)
{
    assert_int_equal(w->refusal.status, status);
    assert_int_equal(w->refusal.bad_token, bad_token);
    assert_null(w->access.grants);
}

static void test_open(void **state)
{
    struct world *w = *state;

    w->rules.verify = NULL;
    header(w, "Authorization", "Bearer whatever");
    assert_true(check(w, ACCESS_TOKEN, true));
    assert_true(w->access.open);
    assert_true(access_listens(&w->access, SLICE("*")));
    access_clear(&w->access);
}

static void test_tokens(void **state)
{
    struct world *w = *state;

    header(w, "Authorization", "Bearer good");
    assert_true(check(w, ACCESS_TOKEN, true));
    assert_false(w->access.open);
    assert_true(access_listens(&w->access, SLICE("a")));
    assert_false(access_listens(&w->access, SLICE("b")));
    assert_true(slice_equal(access_subject(w->access.grants), SLICE("ann")));
    access_clear(&w->access);
    access_clear(&w->access);
    header(w, "Authorization", "Bearer evil");
    assert_false(check(w, ACCESS_LISTEN, false));
    expect_refused(w, 401, true);
    assert_string_equal(w->refusal.detail, "token: bad");
    assert_int_equal(w->asked, 2);
    header(w, "Authorization", "Basic good");
    assert_false(check(w, ACCESS_LISTEN, false));
    expect_refused(w, 401, true);
    assert_int_equal(w->asked, 2); /* nothing to verify */
}

static void test_anonymous(void **state)
{
    struct world *w = *state;

    assert_false(check(w, ACCESS_LISTEN, false));
    expect_refused(w, 401, false);
    w->config.anonymous = true;
    assert_true(check(w, ACCESS_LISTEN, false));
    assert_false(w->access.open);
    assert_false(access_listens(&w->access, SLICE("a")));
    assert_int_equal(access_subject(NULL).size, 0);
    assert_false(check(w, ACCESS_TOKEN, true));
    expect_refused(w, 401, false);
    /* A bad token is not the same as no token. */
    header(w, "Cookie", "c=evil");
    assert_false(check(w, ACCESS_LISTEN, false));
    expect_refused(w, 401, true);
}

static void test_cookies(void **state)
{
    struct world *w = *state;

    header(w, "Cookie", "c=good");
    assert_true(check(w, ACCESS_LISTEN, false));
    access_clear(&w->access);
    header(w, "Cookie", "c=good");
    assert_false(check(w, ACCESS_TOKEN, true));
    expect_refused(w, 403, false);
    assert_int_equal(w->asked, 1);
    header(w, "Cookie", "c=good");
    header(w, "Origin", "https://app");
    assert_true(check(w, ACCESS_TOKEN, true));
    access_clear(&w->access);
}

static void test_expiry(void **state)
{
    struct grants *g = grants_create((struct slice){0});

    (void)state;
    assert_int_equal(access_expiry(NULL, 100, 5000, 0), 0);
    g->exp_ms = GRANTS_FOREVER;
    assert_int_equal(access_expiry(g, 100, 5000, 0), 0);
    /* An hour, less one to five seconds. */
    g->exp_ms = 5000 + 3600000;
    for (uint32_t random = 0; random < 40000; random += 1237)
        assert_in_range(access_expiry(g, 100, 5000, random), 100 + 3595000, 100 + 3599001);
    /* With a short token at least three quarters of its time. */
    g->exp_ms = 5000 + 400;
    assert_in_range(access_expiry(g, 100, 5000, 77), 400, 500);
    /* A token that expired within the leeway: at once, not "never". */
    g->exp_ms = 10;
    assert_int_equal(access_expiry(g, 0, 5000, 0), 1);
    grants_unref(g);
}

#define CASE(test) cmocka_unit_test_setup(test, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_open),    CASE(test_tokens), CASE(test_anonymous),
        CASE(test_cookies), CASE(test_expiry),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
