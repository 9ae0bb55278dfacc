/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/topic/urlpattern.h"

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char hub[] = "https://hub.example/.well-known/mercure";

static void base_of(const char *text, struct url *base)
{
    assert_int_equal(url_parse(slice_str(text), NULL, base), OK);
}

#define YES(pattern, topic) check(hub, pattern, topic, true, __LINE__)
#define NO(pattern, topic) check(hub, pattern, topic, false, __LINE__)

static bool matches(const struct urlpattern *p, const struct url *topic)
{
    uint64_t steps = 0;

    return urlpattern_matches(p, topic, &steps);
}

static void check(const char *base_text, const char *pattern, const char *topic, bool expected,
                  int line)
{
    struct urlpattern p;
    struct url base;
    struct url url;
    const char *reason = "";

    base_of(base_text, &base);
    if (urlpattern_compile(slice_str(pattern), &base, &p, &reason) != OK)
        fail_msg("line %d: %s: %s", line, pattern, reason);
    if ((url_parse(slice_str(topic), &base, &url) == OK && matches(&p, &url)) != expected)
        fail_msg("line %d: %s and %s", line, pattern, topic);
    urlpattern_free(&p);
}

static void test_names(void **state)
{
    (void)state;
    YES("/foo/bar", "/foo/bar");
    NO("/foo/bar", "/foo/ba");
    NO("/foo/bar", "/foo/bar/");
    YES("/foo/:bar", "/foo/bar");
    YES("/foo/:bar", "/foo/index.html");
    YES("/foo/:bar", "/foo/caf\xc3\xa9");
    NO("/foo/:bar", "/foo/bar/");
    NO("/foo/:bar", "/foo/");
    NO("/foo/:bar", "/foo");
    YES("/books/:id/pages/:page", "/books/1/pages/2");
    NO("/books/:id/pages/:page", "/books/1/2/pages/3");
    YES("/:a-:b", "/x-y-z");
    NO("/:a-:b", "/xy");
    YES("/:a.json", "/x.json");
    NO("/:a.json", "/.json");
    YES("/:caf\xc3\xa9", "/x");
    YES("/:$_9", "/x");
    YES("/x:a", "/xy");
    NO("/x:a", "/x");
}

static void test_stars(void **state)
{
    (void)state;
    YES("/foo/*", "/foo/bar/baz");
    YES("/foo/*", "/foo/");
    NO("/foo/*", "/foo");
    YES("/foo/*.png", "/foo/a/b.png");
    YES("/*/x/*", "/a/x/x/");
    NO("/*/x/*", "/a/y/");
    YES("/*", "/a/b/c");
    YES("*", "/.well-known/a/b");
    NO("*", "/a/b/c"); /* resolved against the hub, like any relative URL */
    YES("/a**", "/abc");
    YES("/a*?", "/a");
    YES("*://*:*/*", "http://example.com:8080/x");
    YES("https://*.example.com/*", "https://a.b.example.com/");
    NO("https://*.example.com/*", "https://example.com/");
}

static void test_modifiers(void **state)
{
    (void)state;
    YES("/foo/:bar?", "/foo/bar");
    YES("/foo/:bar?", "/foo");
    NO("/foo/:bar?", "/foo/");
    NO("/foo/:bar?", "/foobar");
    NO("/foo/:bar?", "/foo/bar/baz");
    YES("/foo/:bar+", "/foo/bar");
    YES("/foo/:bar+", "/foo/bar/baz");
    NO("/foo/:bar+", "/foo");
    NO("/foo/:bar+", "/foo/");
    NO("/foo/:bar+", "/foo/bar/");
    NO("/foo/:bar+", "/foo//bar");
    YES("/foo/:bar*", "/foo/bar/baz");
    YES("/foo/:bar*", "/foo");
    NO("/foo/:bar*", "/foo/");
    YES("/foo/*?", "/foo");
    YES("/foo/*?", "/foo/");
    YES("/foo/*?", "/foo/a/b");
    NO("/foo/*?", "/foobar");
    YES("/foo/*+", "/foo/");
    NO("/foo/*+", "/foo");
    YES("/foo/**", "/foo");
    YES("/foo/**", "/foo/a/b");
    YES("/foo/:bar?/baz", "/foo/baz");
    YES("/foo/:bar?/baz", "/foo/x/baz");
}

static void test_braces(void **state)
{
    (void)state;
    YES("/foo{/bar}", "/foo/bar");
    NO("/foo{/bar}", "/foo");
    YES("/foo{/bar}?", "/foo");
    YES("/foo{/bar}?", "/foo/bar");
    NO("/foo{/bar}?", "/foo/bar/bar");
    YES("/foo{/bar}+", "/foo/bar/bar");
    NO("/foo{/bar}+", "/foo");
    YES("/foo{/bar}*", "/foo");
    YES("/foo{/bar}*", "/foo/bar/bar/bar");
    NO("/foo{/bar}*", "/foo/bar/ba");
    YES("/{a:x-}+", "/ab-ac-");
    YES("/{a:x-}+", "/ab-b-");
    NO("/{a:x-}+", "/ab-b");
    YES("/{:x-}+", "/b-c-");
    NO("/{:x-}+", "/-");
    YES("/products/{:id}?", "/products/");
    NO("/products/{:id}?", "/products");
    YES("/{a*b}?c", "/axxbc");
    YES("/{a*b}?c", "/c");
    NO("/{a*b}?c", "/abb");
    YES("/{:a}{:b}", "/xy");
    NO("/{:a}{:b}", "/x");
    YES("/{}a", "/a");
    YES("/{}?a", "/a");
    YES("/{aa}*a", "/aaa");
    NO("/{aa}*a", "/aaaa");
    YES("/{aba}+ba", "/ababa");
    YES("/{:a.}+x", "/1.2.x");
}

static void test_escapes(void **state)
{
    (void)state;
    YES("/foo{\\:}bar", "/foo:bar");
    YES("/foo\\*", "/foo*");
    NO("/foo\\*", "/foox");
    YES("/foo\\(", "/foo(");
    YES("/foo\\{", "/foo{");
    YES("/foo\\{", "/foo%7B");
    YES("/caf\xc3\xa9", "/caf%C3%A9");
    YES("/caf%C3%A9", "/caf\xc3\xa9");
    NO("/caf%c3%a9", "/caf\xc3\xa9");
    YES("/a b", "/a%20b");
    YES("/a/./b/../c", "/a/c");
    YES("/foo/:x\\+", "/foo/1+");
}

static void test_relative(void **state)
{
    static const char base[] = "https://example.com/dir/hub?q#f";

    (void)state;
    YES("/books/:id", "https://hub.example/books/1");
    YES("/books/:id", "https://hub.example:443/books/1?any#thing");
    NO("/books/:id", "https://other.example/books/1");
    NO("/books/:id", "http://hub.example/books/1");
    NO("/books/:id", "https://hub.example:8443/books/1");
    YES("books-:id", "books-1");
    YES("books-:id", "/.well-known/books-1");
    NO("books-:id", "/books-1");
    YES(":room", "lobby");
    NO(":room", "lobby/1");
    YES("../x-:a", "/x-1");
    check(base, "x", "x", true, __LINE__);
    check(base, "x", "/dir/x", true, __LINE__);
    check(base, "?bar", "?bar", true, __LINE__);
    check(base, "?bar", "?bar#x", true, __LINE__);
    check(base, "?bar", "/dir/hub?bar", true, __LINE__);
    check(base, "?bar", "?baz", false, __LINE__);
    check(base, "#x", "/dir/hub?q#x", true, __LINE__);
    check(base, "#x", "/dir/hub#x", false, __LINE__);
    check(base, "/foo?bar#baz", "/foo?bar#baz", true, __LINE__);
    check(base, "/foo?bar#baz", "/foo?bar", false, __LINE__);
    check(base, "/foo#baz", "/foo#baz", true, __LINE__);
    check(base, "/foo#baz", "/foo?x#baz", false, __LINE__);
    check(base, "data{\\:}x", "/dir/data:x", true, __LINE__);
    check("https://example.com/a+b/c", ":x", "/a+b/y", true, __LINE__);
    check("https://[2001:db8::1]:99/", "/x", "https://[2001:DB8::1]:99/x", true, __LINE__);
    check(base, "", "/dir/hub", false, __LINE__);
    check(base, "", "/dir/", true, __LINE__);
}

static void test_absolute(void **state)
{
    (void)state;
    YES("https://example.com/:a", "https://EXAMPLE.com/x?y#z");
    YES("https://example.com", "https://example.com/any/path");
    YES("https://example.com:443/", "https://example.com/");
    NO("https://example.com/", "https://example.com:8443/");
    YES("https://example.com:8443/", "https://example.com:8443/");
    YES("https://example.com:*/", "https://example.com:8443/");
    YES("https://EXAMPLE.com/", "https://example.com/");
    YES("http{s}?://{*.}?example.com/:product/:endpoint", "https://sub.example.com/foo/bar");
    YES("http{s}?://{*.}?example.com/:product/:endpoint", "http://example.com/foo/bar");
    NO("http{s}?://{*.}?example.com/:product/:endpoint", "ftp://example.com/foo/bar");
    YES("https://:sub.example.com/", "https://a.example.com/");
    NO("https://:sub.example.com/", "https://a.b.example.com/");
    YES("https://example.com?foo", "https://example.com/?foo");
    NO("https://example.com?foo", "https://example.com/x?foo");
    YES("https://example.com#foo", "https://example.com/#foo");
    NO("https://example.com#foo", "https://example.com/?x#foo");
    YES("https://example.com:8080?foo", "https://example.com:8080/?foo");
    YES("https://example.com/?foo", "https://example.com/?foo");
    YES("https://example.com/?q=:x", "https://example.com/?q=a/b");
    /* A question mark after a group is its modifier. */
    NO("https://example.com/*?foo", "https://example.com/?foo");
    YES("https://example.com/*\\?foo", "https://example.com/?foo");
    YES("https://example.com/*\\?foo", "https://example.com/x?foo");
    NO("https://example.com/:name?foo", "https://example.com/bar?foo");
    YES("https://example.com/:name\\?foo", "https://example.com/bar?foo");
    YES("https://{sub.}?example.com/foo", "https://example.com/foo");
    YES("http://[\\:\\:1]/", "http://[::1]/");
    YES("http://[\\:\\:1]:8080/", "http://[::1]:8080/");
    YES("http://[:address]/", "http://[::1]/");
    YES("http://[\\:\\:AB\\::num]/", "http://[::ab:1]/");
    YES("https://example.com/x", "https://user:pass@example.com/x");
    YES("file:///foo/:x", "file:///foo/bar");
    YES("foo://bar/:x", "foo://bar/baz");
}

static void test_opaque(void **state)
{
    (void)state;
    YES("data\\:foobar", "data:foobar");
    YES("urn\\:uuid\\:*", "urn:uuid:8e7f");
    NO("urn\\:uuid\\:*", "urn:isbn:1");
    YES("urn\\:uuid\\::id", "urn:uuid:a/b");
    YES("data:", "data:");
    YES("data\\:foo\\:bar@example.com", "data:foo:bar@example.com");
    YES("data\\:text,let x = 100/:tens?5;", "data:text,let x = 100/5;");
    /* The colon starts a name, so this is a path on the hub. */
    NO("data:foobar", "data:foobar");
    YES("data:foobar", "datax");
}

static void test_topics_that_are_no_urls(void **state)
{
    (void)state;
    NO("*://*/*", "https://");
    NO("*", "https://ex ample.com/");
    NO("*", "https://caf\xc3\xa9.example/");
    NO("*", "https://hub.example:99999/");
    NO("*", "/a\tb");
    YES("*", "any text at all");
}

static void test_refused(void **state)
{
    static const char *const patterns[][2] = {
        {"/foo/(\\d+)", "regular"},
        {"/foo/:bar(\\d+)", "regular"},
        {"/foo/:bar(.*)", "regular"},
        {"/foo(", "regular"},
        {"/foo\\", "backslash"},
        {"/foo{bar", "brace"},
        {"/foo}bar", "brace"},
        {"/{a{b}}", "brace"},
        {"/{:a:b}", "brace"},
        {"/:id/:id", "twice"},
        {"/a?", NULL},
        {"/a+", "modifier"},
        {"/{a}?+", "modifier"},
        {"/:a??", NULL},
        {"/a:", "scheme"},
        {"/foo\\:bar", "scheme"},
        {"/a{:}", "colon"},
        {"/a:1", "scheme"},
        {"https://user@example.com/", "user"},
        {"https://user\\:pass@example.com/", "user"},
        {"https://caf\xc3\xa9.example/", "host"},
        {"https://bad host/", "host"},
        {"https://bad<host/", "host"},
        {"https://{sub.}?example{.com/}foo", "host"},
        {"https://example.com:80x/", "port"},
        {"https://example.com:70000/", "port"},
        {"http://[\\:\\:x]/", "host"},
        {"http://*\\:1]/", "port"},
        {"h\xc3\xa9t://x/", "scheme"},
        {"1http://x/", "scheme"},
        {"https://{sub{.}}example.com/foo", "brace"},
        {"https://foo{@example.com", "brace"},
    };
    struct url base;

    (void)state;
    base_of(hub, &base);
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        struct urlpattern p = {.text = "untouched"};
        const char *reason = NULL;
        enum err err = urlpattern_compile(slice_str(patterns[i][0]), &base, &p, &reason);

        if (patterns[i][1] == NULL) {
            assert_int_equal(err, OK); /* the question mark starts the query here */
            urlpattern_free(&p);
            continue;
        }
        if (err != ERR_INVALID || reason == NULL || strstr(reason, patterns[i][1]) == NULL)
            fail_msg("%s: %d, %s", patterns[i][0], err, reason != NULL ? reason : "no reason");
        assert_string_equal(p.text, "untouched");
    }
}

static void test_limits(void **state)
{
    char text[URLPATTERN_SIZE_MAX + 1];
    struct urlpattern p;
    struct url base;
    const char *reason;
    size_t used = 0;

    (void)state;
    base_of(hub, &base);
    memset(text, 0xc3, sizeof text);
    text[0] = '/';
    assert_int_equal(urlpattern_compile(slice_of(text, sizeof text), &base, &p, &reason),
                     ERR_TOO_LARGE);
    assert_int_equal(urlpattern_compile(slice_of(text, sizeof text - 1), &base, &p, &reason), OK);
    urlpattern_free(&p);
    urlpattern_free(&p);
    for (int i = 0; i < PATTERN_PARTS_MAX + 1; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "/:n%d", i);
    assert_int_equal(urlpattern_compile(slice_of(text, used), &base, &p, &reason), ERR_TOO_MANY);
    assert_non_null(strstr(reason, "groups"));
}

static void test_steps(void **state)
{
    static const char *const patterns[] = {
        "/*a*a*a*a*a*a*a*a*a*b",  "/{a*}+{a*}+{a*}+b",    "/{:x}+{:y}+{:z}+b",
        "/{aa}*{a}*{aa}*{aaa}*b", "/{a:x-}*{a:y}*{*z}*b", "/:a+/:b+/:c+/:d+/b",
    };
    struct url base;
    char topic[URL_SIZE_MAX];
    uint64_t most = 0;

    (void)state;
    base_of(hub, &base);
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        for (int slashes = 0; slashes < 2; slashes++) {
            struct urlpattern p;
            struct url url;
            const char *reason;
            uint64_t steps = 0;

            memset(topic, 'a', sizeof topic);
            topic[0] = '/';
            for (size_t j = 0; slashes == 1 && j < sizeof topic; j += 2)
                topic[j] = '/';
            assert_int_equal(urlpattern_compile(slice_str(patterns[i]), &base, &p, &reason), OK);
            assert_int_equal(url_parse(slice_of(topic, sizeof topic), &base, &url), OK);
            assert_false(urlpattern_matches(&p, &url, &steps));
            assert_true(steps <= (strlen(patterns[i]) + 1) * 3 * sizeof topic);
            most = steps > most ? steps : most;
            urlpattern_free(&p);
        }
    }
    assert_true(most > 4 * sizeof topic); /* some did a lot of work */
}

/* ---- against an independent matcher: the path as a POSIX regular expression ----------------- */

struct piece {
    const char *pattern;
    const char *ere; /* its meaning according to the standard */
};

static const struct piece pieces[] = {
    {"/a", "/a"},
    {"b", "b"},
    {"/", "/"},
    {"*", ".*"},
    {"{a}?", "(a)?"},
    {"{/a}*", "(/a)*"},
    {"{ab}+", "(ab)+"},
    {"{b*a}?", "(b.*a)?"},
    {"{a:%c\\b}+", "(a[^/]+(ba[^/]+)*b)"},
    {"{:%c/}*", "([^/]+(/[^/]+)*/)?"},
    {"{-:%c}*", "(-[^/]+(-[^/]+)*)?"},
    {"{:%c}?", "([^/]+)?"},
    {"{:%c}", "([^/]+)"},
    {"{b*}+", "(b.*(b.*)*)"},
    {"{\\:}", ":"},
};

static unsigned below(uint64_t *random, unsigned limit)
{
    *random = *random * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(*random >> 33) % limit;
}

/* The same random path as a pattern and as a regular expression. */
static void random_pattern(uint64_t *random, char pattern[256], char ere[512])
{
    size_t used = (size_t)snprintf(pattern, 256, "/");
    size_t ere_used = (size_t)snprintf(ere, 512, "^/");

    for (int i = 0; i < 5; i++) {
        const struct piece *piece = &pieces[below(random, sizeof(pieces) / sizeof(pieces[0]))];
        const char *at = strstr(piece->pattern, "%c");

        /* A star after a slash or a group would mean something else. */
        if (piece->pattern[0] == '*' && strchr("/*?+}", pattern[used - 1]) != NULL)
            continue;
        if (at != NULL)
            used += (size_t)snprintf(pattern + used, 256 - used, "%.*sn%c%s",
                                     (int)(at - piece->pattern), piece->pattern, 'A' + i, at + 2);
        else
            used += (size_t)snprintf(pattern + used, 256 - used, "%s", piece->pattern);
        ere_used += (size_t)snprintf(ere + ere_used, 512 - ere_used, "%s", piece->ere);
    }
    (void)snprintf(ere + ere_used, 512 - ere_used, "$");
}

static void random_topic(uint64_t *random, char topic[64])
{
    static const char *const of_topic[] = {"a", "b", "/", "-", "ab", "/a", ":", "aab"};
    size_t used = (size_t)snprintf(topic, 64, "/");
    unsigned length = below(random, 8);

    for (unsigned i = 0; i < length; i++)
        used += (size_t)snprintf(topic + used, 64 - used, "%s",
                                 of_topic[below(random, sizeof(of_topic) / sizeof(of_topic[0]))]);
}

static void test_same_as_regcomp(void **state)
{
    uint64_t random = 0x2545f4914f6cdd1d;
    unsigned seen[2] = {0, 0};
    struct url base;

    (void)state;
    base_of(hub, &base);
    for (int round = 0; round < 1500; round++) {
        char pattern[256];
        char ere[512];
        struct urlpattern p;
        const char *reason;
        regex_t regex;

        random_pattern(&random, pattern, ere);
        if (urlpattern_compile(slice_str(pattern), &base, &p, &reason) != OK)
            fail_msg("%s: %s", pattern, reason);
        assert_int_equal(regcomp(&regex, ere, REG_EXTENDED | REG_NOSUB), 0);
        for (int i = 0; i < 40; i++) {
            char topic[64];
            struct url url;
            bool expected;

            random_topic(&random, topic);
            if (topic[1] == '/')
                continue; /* a host */
            assert_int_equal(url_parse(slice_str(topic), &base, &url), OK);
            expected = regexec(&regex, topic, 0, NULL, 0) == 0;
            if (matches(&p, &url) != expected)
                fail_msg("%s (%s) and %s: regcomp says %d", pattern, ere, topic, expected);
            seen[expected]++;
        }
        regfree(&regex);
        urlpattern_free(&p);
    }
    assert_true(seen[0] > 2000);
    assert_true(seen[1] > 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_stars),
        cmocka_unit_test(test_modifiers),
        cmocka_unit_test(test_braces),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_relative),
        cmocka_unit_test(test_absolute),
        cmocka_unit_test(test_opaque),
        cmocka_unit_test(test_topics_that_are_no_urls),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_same_as_regcomp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
