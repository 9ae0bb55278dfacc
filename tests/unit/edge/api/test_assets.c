/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/assets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const unsigned char page[] = "<p>page</p>";
static const unsigned char packed[] = "zzz";
static const struct asset files[] = {
    {"index.html", "text/html", "\"1\"", page, 11, packed, 3},
    {"app.js", "text/javascript", "\"2\"", page, 11, NULL, 0},
    {"docs/http.html", "text/html", "\"3\"", page, 11, NULL, 0},
    {"docs.html", "text/html", "\"4\"", page, 11, NULL, 0},
};
static const struct asset_table table = {files, 4};

static void test_find(void **state)
{
    (void)state;
    assert_ptr_equal(asset_find(&table, SLICE("/")), &files[0]);
    assert_ptr_equal(asset_find(&table, SLICE("/index.html")), &files[0]);
    assert_ptr_equal(asset_find(&table, SLICE("/app.js")), &files[1]);
    assert_ptr_equal(asset_find(&table, SLICE("/docs/http")), &files[2]);
    assert_ptr_equal(asset_find(&table, SLICE("/docs")), &files[3]);
    assert_null(asset_find(&table, SLICE("/app")));
    assert_null(asset_find(&table, SLICE("/docs/")));
    assert_null(asset_find(&table, SLICE("/docs/http.htm")));
    assert_null(asset_find(&table, SLICE("/docs/http.html.html")));
    assert_null(asset_find(&table, SLICE("//")));
    assert_null(asset_find(&table, SLICE("/app.jsx")));
    assert_null(asset_find(&table, SLICE("app.js")));
    assert_null(asset_find(&table, SLICE("*")));
    assert_null(asset_find(&table, (struct slice){NULL, 0}));
}

static void expect(const struct asset *asset, const char *match, const char *encoding, int status,
                   size_t size, bool gzip)
{
    struct slice none = {NULL, 0};
    struct asset_response a = asset_response(asset, match == NULL ? none : slice_str(match),
                                             encoding == NULL ? none : slice_str(encoding));

    assert_int_equal(a.status, status);
    assert_int_equal(a.body.size, size);
    assert_int_equal(a.gzip, gzip);
}

static void test_answer(void **state)
{
    (void)state;
    expect(&files[0], NULL, NULL, 200, 11, false);
    expect(&files[0], NULL, "gzip, br", 200, 3, true);
    expect(&files[0], NULL, "gzip;q=0", 200, 11, false);
    expect(&files[1], NULL, "gzip", 200, 11, false);
    expect(&files[0], "\"1\"", "gzip", 304, 0, false);
    expect(&files[0], "\"0\", W/\"1\"", NULL, 304, 0, false);
    expect(&files[0], "*", NULL, 304, 0, false);
    expect(&files[0], "\"11\"", NULL, 200, 11, false);
    expect(&files[0], "1", NULL, 200, 11, false);
    expect(&files[0], ",", NULL, 200, 11, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_find), cmocka_unit_test(test_answer)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
