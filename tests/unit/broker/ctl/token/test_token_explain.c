/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/token/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define NOW UINT64_C(1795164906000) /* 2026-11-20T08:55:06Z */

static void expect_time(uint64_t ms, const char *want)
{
    struct buf out;

    buf_init(&out, 100);
    token_explain_time(ms, NOW, &out);
    buf_char(&out, '\0');
    assert_string_equal(out.data, want);
    buf_clear(&out);
}

static void test_times(void **state)
{
    (void)state;
    expect_time(NOW, "2026-11-20T08:55:06Z (in 0 s)");
    expect_time(NOW - 1000, "2026-11-20T08:55:05Z (1 s ago)");
    expect_time(NOW + 3600000, "2026-11-20T09:55:06Z (in 60 min)");
    expect_time(NOW + 86400000, "2026-11-21T08:55:06Z (in 24 h)");
    expect_time(NOW - UINT64_C(30) * 86400000, "2026-10-21T08:55:06Z (30 days ago)");
    expect_time(0, "1970-01-01T00:00:00Z (20777 days ago)");
    expect_time(UINT64_C(951782400000), "2000-02-29T00:00:00Z (9761 days ago)");
    expect_time(UINT64_C(951868800000), "2000-03-01T00:00:00Z (9760 days ago)");
    expect_time(UINT64_C(4107542400000), "2100-03-01T00:00:00Z (in 26763 days)");
    expect_time(UINT64_C(253402300799999), "9999-12-31T23:59:59Z (in 2912119 days)");
    expect_time(UINT64_C(253402300800000), "never");
    expect_time(GRANTS_FOREVER, "never");
}

static void test_claims(void **state)
{
    struct claims c = {
        .exp_ms = NOW + 60000, .nbf_ms = NOW, .issuer = SLICE("i\x1b[2J\xc2\x9bx\xc3\xa9")};
    const struct slice none = {NULL, 0};
    struct buf out;

    (void)state;
    c.grants = grants_create((struct slice){0});
    c.audiences[c.audience_count++] = SLICE("hub");
    assert_int_equal(grants_add(c.grants, GRANT_SUBSCRIBE, GRANT_SELECTOR, SLICE("r/{id}"), none),
                     OK);
    assert_int_equal(grants_add(c.grants, GRANT_SUBSCRIBE, GRANT_EXACT, SLICE("a"), none), OK);
    assert_int_equal(grants_copy_text(c.grants, SLICE("{\"n\":1}"), &c.grants->payload), OK);
    c.grants->admin = true;
    buf_init(&out, 1000);
    token_explain_claims(&c, NOW, &out);
    buf_char(&out, '\0');
    assert_string_equal(out.data, "publish    nothing\n"
                                  "subscribe  r/{id}, a (exactly)\n"
                                  "admin      yes: operators' commands\n"
                                  "payload    {\"n\":1}\n"
                                  "issuer     i?[2J?x\xc3\xa9\n"
                                  "audience   hub\n"
                                  "valid from 2026-11-20T08:55:06Z (in 0 s)\n"
                                  "expires    2026-11-20T08:56:06Z (in 60 s)\n");
    buf_clear(&out);
    grants_unref(c.grants);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_claims),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
