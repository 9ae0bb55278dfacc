/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/access/origins.h"

#include "tests/lib/request_headers.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_origins(void **state)
{
    struct slice bad;

    (void)state;
    assert_true(origins_have("https://a.org, http://b.org:81", SLICE("https://A.org")));
    assert_true(origins_have("https://a.org, http://b.org:81", SLICE("http://b.org:81")));
    assert_false(origins_have("https://a.org", SLICE("https://a.org.evil.org")));
    assert_false(origins_have("https://a.org", SLICE("")));
    assert_false(origins_have("", SLICE("")));
    assert_true(origins_any("https://a.org,*"));
    assert_false(origins_any("https://*"));
    assert_int_equal(origins_check("", &bad), OK);
    assert_int_equal(origins_check("*,https://a.org", &bad), OK);
    assert_int_equal(origins_check("https://a.org,b.org", &bad), ERR_INVALID);
    assert_true(slice_equal(bad, SLICE("b.org")));
    assert_int_equal(origins_check("https://a.org/", &bad), ERR_INVALID);
    assert_int_equal(origins_check("://a", &bad), ERR_INVALID);
    assert_int_equal(origins_check("https://", &bad), ERR_INVALID);
}

static void test_trusted_pages(void **state)
{
    struct request r;

    (void)state;
    assert_true(origins_trust_page(WITH(&r, "Origin", "https://a.org"), "https://a.org"));
    assert_true(origins_trust_page(WITH(&r, "Host", "Hub:8080", "Origin", "http://hub:8080"), ""));
    assert_true(origins_trust_page(WITH(&r, "Host", "hub", "Referer", "http://hub/page?x"), ""));
    assert_true(origins_trust_page(WITH(&r, "Referer", "https://a.org"), "https://a.org"));
    assert_false(origins_trust_page(WITH(&r, "Host", "hub"), "*"));
    assert_false(origins_trust_page(WITH(&r, "Host", "null", "Origin", "null"), "null"));
    assert_false(origins_trust_page(WITH(&r, "Host", "hub", "Origin", "http://hub.evil"), ""));
    /* If there is an Origin, the Referer is ignored. */
    assert_false(origins_trust_page(
        WITH(&r, "Host", "hub", "Origin", "https://evil", "Referer", "http://hub/"), ""));
    assert_false(origins_trust_page(WITH(&r, "Host", "hub", "Referer", "/hub"), ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_trusted_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
