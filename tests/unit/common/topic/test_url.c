/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/topic/url.h"

#include "common/topic/url_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char hub[] = "https://hub.example:8443/.well-known/mercure?a#b";

static void put(char *text, size_t *used, const char *before, struct slice part)
{
    *used +=
        (size_t)snprintf(text + *used, 8192 - *used, "%s%.*s", before, (int)part.size, part.data);
}

/* scheme|host|port|path|query|fragment, or "-". */
static void resolves(const char *text, const char *base_text, const char *expected)
{
    static char got[8192];
    struct url base;
    struct url url;
    size_t used = 0;

    if (base_text != NULL)
        assert_int_equal(url_parse(slice_str(base_text), NULL, &base), OK);
    if (url_parse(slice_str(text), base_text != NULL ? &base : NULL, &url) != OK) {
        if (strcmp(expected, "-") != 0)
            fail_msg("%s is a URL", text);
        return;
    }
    put(got, &used, "", url.scheme);
    put(got, &used, "|", url.host);
    put(got, &used, "|", url.port);
    put(got, &used, "|", url.path);
    put(got, &used, "|", url.query);
    put(got, &used, "|", url.fragment);
    if (strcmp(got, expected) != 0)
        fail_msg("%s is\n%s, not\n%s", text, got, expected);
}

static void test_absolute(void **state)
{
    (void)state;
    resolves("https://example.com/a/b?c=d#e", NULL, "https|example.com||/a/b|c=d|e");
    resolves("HTTPS://EXAMPLE.com:443", NULL, "https|example.com||/||");
    resolves("http://example.com:443/", NULL, "http|example.com|443|/||");
    resolves("http://example.com:00080/", NULL, "http|example.com||/||");
    resolves("http://example.com:/", NULL, "http|example.com||/||");
    resolves("http://example.com:65536/", NULL, "-");
    resolves("http://example.com:8o/", NULL, "-");
    resolves("https:\\\\example.com\\a\\b", NULL, "https|example.com||/a/b||");
    resolves("https:example.com/x", NULL, "https|example.com||/x||");
    resolves("https:////example.com/x", NULL, "https|example.com||/x||");
    resolves("https://user:pass@example.com/", NULL, "https|example.com||/||");
    resolves("https://a@b@example.com/", NULL, "https|example.com||/||");
    resolves("https://user@/", NULL, "-");
    resolves("https:///", NULL, "-");
    resolves("https://", NULL, "-");
    resolves("https://:80/", NULL, "-");
    resolves("https://exa%4Dple.com/", NULL, "https|example.com||/||");
    resolves("https://exa mple.com/", NULL, "-");
    resolves("https://ex%00.com/", NULL, "-");
    resolves("https://ex<.com/", NULL, "-");
    resolves("https://caf\xc3\xa9.example/", NULL, "-");
    resolves("  https://example.com/  ", NULL, "https|example.com||/||");
    resolves("https://example.com/\ta", NULL, "-");
    resolves("https://example.com?q", NULL, "https|example.com||/|q|");
    resolves("https://example.com#f?g", NULL, "https|example.com||/||f?g");
    resolves("ws://example.com:80/x", NULL, "ws|example.com||/x||");
}

static void test_hosts(void **state)
{
    (void)state;
    resolves("http://192.0.2.1/", NULL, "http|192.0.2.1||/||");
    resolves("http://192.0.2/", NULL, "-");
    resolves("http://0x7f.1/", NULL, "-");
    resolves("http://256.1.1.1/", NULL, "-");
    resolves("http://a.1x/", NULL, "http|a.1x||/||");
    resolves("http://[2001:DB8:0:0::1]:8080/", NULL, "http|[2001:db8::1]|8080|/||");
    resolves("http://[::ffff:192.0.2.1]/", NULL, "http|[::ffff:c000:201]||/||");
    resolves("http://[::ffff:0.1.0.0]/", NULL, "http|[::ffff:1:0]||/||");
    resolves("http://[192.0.2.1]/", NULL, "-");
    resolves("http://[::1/", NULL, "-");
    resolves("http://[]/", NULL, "-");
    resolves("http://[/", NULL, "-");
    resolves("http://[::1]x/", NULL, "-");
}

static void test_other_schemes(void **state)
{
    (void)state;
    resolves("urn:uuid:1234?q#f", NULL, "urn|||uuid:1234|q|f");
    resolves("mailto:a b\xc3\xa9", NULL, "mailto|||a b%C3%A9||");
    resolves("room:1", hub, "room|||1||");
    resolves("x://Host:80/a/../b", NULL, "x|Host|80|/b||");
    resolves("x://h", NULL, "x|h||||");
    resolves("x:///a", NULL, "x|||/a||");
    resolves("x:/a/./b", NULL, "x|||/a/b||");
    resolves("x://a b/", NULL, "-");
    resolves("x://:80/", NULL, "-");
    resolves("data:", NULL, "data|||||");
    resolves("file:///a/b", NULL, "file|||/a/b||");
    resolves("file:/a", NULL, "file|||/a||");
    resolves("file://localhost/a", NULL, "file|||/a||");
    resolves("file://host/a", NULL, "file|host||/a||");
    resolves("file://host:80/a", NULL, "-");
    resolves("1:2", NULL, "-");
    resolves("a", NULL, "-");
    resolves("", NULL, "-");
}

static void test_relative(void **state)
{
    (void)state;
    resolves("", hub, "https|hub.example|8443|/.well-known/mercure|a|");
    resolves("#x", hub, "https|hub.example|8443|/.well-known/mercure|a|x");
    resolves("?x", hub, "https|hub.example|8443|/.well-known/mercure|x|");
    resolves("a", hub, "https|hub.example|8443|/.well-known/a||");
    resolves("room-1", hub, "https|hub.example|8443|/.well-known/room-1||");
    resolves("./a", hub, "https|hub.example|8443|/.well-known/a||");
    resolves("../a/b", hub, "https|hub.example|8443|/a/b||");
    resolves("../../../a", hub, "https|hub.example|8443|/a||");
    resolves("/a", hub, "https|hub.example|8443|/a||");
    resolves("\\a", hub, "https|hub.example|8443|/a||");
    resolves("//other/a", hub, "https|other||/a||");
    resolves("/\\other/a", hub, "https|other||/a||");
    resolves("https:a", hub, "https|hub.example|8443|/.well-known/a||");
    resolves("https:/a", hub, "https|hub.example|8443|/a||");
    resolves("http:a", hub, "http|a||/||");
    resolves("1:2", hub, "https|hub.example|8443|/.well-known/1:2||");
    resolves("a:b", hub, "a|||b||");
    resolves("/a:b", hub, "https|hub.example|8443|/a:b||");
    resolves("*", hub, "https|hub.example|8443|/.well-known/*||");
    resolves("#x", "urn:a:b", "urn|||a:b||x");
    resolves("x", "urn:a:b", "-");
    resolves("x", "http://h/a%20b/c", "http|h||/a%20b/x||");
}

static void test_paths(void **state)
{
    (void)state;
    resolves("http://h/a/./b/../c", NULL, "http|h||/a/c||");
    resolves("http://h/a/b/..", NULL, "http|h||/a/||");
    resolves("http://h/a/b/.", NULL, "http|h||/a/b/||");
    resolves("http://h/..", NULL, "http|h||/||");
    resolves("http://h/../../a", NULL, "http|h||/a||");
    resolves("http://h/a/%2e%2E/b", NULL, "http|h||/b||");
    resolves("http://h/a/.%2e/b", NULL, "http|h||/b||");
    resolves("http://h/a/%2e/b", NULL, "http|h||/a/b||");
    resolves("http://h/.../b", NULL, "http|h||/.../b||");
    resolves("http://h/..a/.b", NULL, "http|h||/..a/.b||");
    resolves("http://h//a//", NULL, "http|h||//a//||");
    resolves("http://h//../a", NULL, "http|h||/a||");
    resolves("http://h/a b\"<>^`{}|[]%", NULL, "http|h||/a%20b%22%3C%3E%5E%60%7B%7D|[]%||");
    resolves("http://h/\xc3\xa9", NULL, "http|h||/%C3%A9||");
    resolves("http://h/%c3%a9", NULL, "http|h||/%c3%a9||");
    resolves("http://h/?a'b\"c <>#d`\"", NULL, "http|h||/|a%27b%22c%20%3C%3E|d%60%22");
    resolves("x:/?a'b", NULL, "x|||/|a'b|");
}

static void test_limits(void **state)
{
    static char text[URL_SIZE_MAX + 2];
    static char path[URL_SIZE_MAX + 1];
    struct url base;
    struct url url;

    (void)state;
    memset(text, 0xc3, sizeof text);
    text[0] = '/';
    assert_int_equal(url_parse(slice_str(hub), NULL, &base), OK);
    assert_int_equal(url_parse(slice_of(text, URL_SIZE_MAX + 1), &base, &url), ERR_TOO_LARGE);
    assert_int_equal(url_parse(slice_of(text, URL_SIZE_MAX), &base, &url), OK);
    assert_int_equal(url.path.size, 3 * (URL_SIZE_MAX - 1) + 1);
    /* A base whose path is all %XX, and a text of the same kind: the largest possible URL. */
    memcpy(path, "http://h/", 9);
    memset(path + 9, 0xc3, sizeof path - 9);
    path[URL_SIZE_MAX - 1] = '/';
    assert_int_equal(url_parse(slice_of(path, URL_SIZE_MAX), NULL, &base), OK);
    assert_int_equal(url_parse(slice_of(text + 1, URL_SIZE_MAX), &base, &url), OK);
    assert_int_equal(url.path.size, 3 * (URL_SIZE_MAX - 10) + 2 + 3 * URL_SIZE_MAX);
}

static void test_schemes(void **state)
{
    (void)state;
    assert_true(url_scheme_special(SLICE("wss")));
    assert_false(url_scheme_special(SLICE("wsss")));
    assert_true(slice_equal(url_default_port(SLICE("https")), SLICE("443")));
    assert_int_equal(url_default_port(SLICE("urn")).size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_absolute),      cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_other_schemes), cmocka_unit_test(test_relative),
        cmocka_unit_test(test_paths),         cmocka_unit_test(test_limits),
        cmocka_unit_test(test_schemes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
