/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/topic/uri_template.h"

#include "common/base/buf.h"
#include "common/topic/selector.h"

#include <limits.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool matches(const struct uri_template *t, struct slice topic)
{
    uint64_t steps = 0;

    return uri_template_matches(t, topic, &steps);
}

/* Applies all rules of selectors, without a compiled template. */
static bool selector_matches(struct slice selector, struct slice topic)
{
    struct uri_template t;
    bool found;

    if (selector_kind(selector) != SELECTOR_TEMPLATE)
        return selector_is_all(selector) || slice_equal(selector, topic);
    assert_int_equal(uri_template_compile(selector, &t), OK);
    found = matches(&t, topic);
    uri_template_free(&t);
    return found;
}

#define YES(selector, topic) check(selector, topic, true, __LINE__)
#define NO(selector, topic) check(selector, topic, false, __LINE__)

static void check(const char *selector, const char *topic, bool expected, int line)
{
    if (selector_matches(slice_str(selector), slice_str(topic)) != expected)
        fail_msg("line %d: %s and %s", line, selector, topic);
}

static void test_all_and_exact(void **state)
{
    (void)state;
    YES("*", "anything");
    YES("*", "");
    YES("*", "*");
    NO("**", "*");
    YES("a", "a");
    NO("a", "A");
    NO("a", "ab");
    NO("ab", "a");
    YES("", "");
    NO("", "a");
    YES("caf\xc3\xa9", "caf\xc3\xa9");
    /* Bytes, not characters: composed and decomposed differ. */
    NO("caf\xc3\xa9", "cafe\xcc\x81");
    NO("a%20b", "a b");
    /* Without a brace nothing is a pattern. */
    NO("a/*", "a/b");
}

/* Tokens grant templates by their own text. */
static void test_equals_itself(void **state)
{
    (void)state;
    YES("/books/{id}", "/books/{id}");
    YES("{+all}", "{+all}");
    NO("/books/{id}", "/books/{other}");
    YES("it's {broken", "it's {broken");
}

static void test_simple(void **state)
{
    (void)state;
    YES("/books/{id}", "/books/1");
    YES("/books/{id}", "/books/");
    YES("/books/{id}", "/books/a-b.c_d~e,f");
    YES("/books/{id}", "/books/%2F%c3%A9");
    NO("/books/{id}", "/books/1/2");
    NO("/books/{id}", "/books/%2");
    NO("/books/{id}", "/books/%");
    NO("/books/{id}", "/books/%2g");
    NO("/books/{id}", "/books/a=b");
    NO("/books/{id}", "/books/a:b");
    NO("/books/{id}", "/books/a b");
    NO("/books/{id}", "/books/caf\xc3\xa9");
    NO("/books/{id}", "/book/1");
    NO("/books/{id}", "x/books/1");
    NO("/books/{id}", "");
    YES("{id}", "");
    YES("{id}.json", "a.json");
    YES("{id}.json", ".json");
    YES("{id}.json", "a.json.json");
    NO("{id}.json", "a.jso");
    NO("{id}.json", "a.json/");
    YES("{a}{b}{c}", "xyz");
    YES("{a}-{b}", "-");
    YES("{a}-{b}", "1-2-3");
    NO("{a}-{b}", "12");
    YES("https://example.com/{room}/m{n}", "https://example.com/lobby/m7");
    NO("https://example.com/{room}/m{n}", "https://example.com/lobby/n7");
}

/* Literal and percent-encoded text overlap: all positions at which a value may end are kept. */
static void test_overlap(void **state)
{
    (void)state;
    YES("{a}%41{b}", "%41");
    YES("{a}%41{b}", "%41%41");
    YES("{a}%41{b}", "x%41y");
    YES("{a}41{b}", "%4141");
    NO("{a}41", "%41");
    YES("{a}aab", "aaaaab");
    NO("{a}aab", "aaaaa");
    YES("{a}1%2F{b}x", "1%2F1%2Fx");
}

static void test_plus_and_hash(void **state)
{
    (void)state;
    YES("{+path}", "/a/b?c=d#e!$&'()*+,;:@[]");
    YES("/x{+path}", "/x");
    YES("/x{+path}", "/x/y/z");
    NO("/x{+path}", "/x y");
    NO("/x{+path}", "/x\"");
    NO("/x{+path}", "/x\xc3\xa9");
    NO("/x{+path}", "/x{y}");
    NO("/x{+path}", "/x%zz");
    YES("/x{#f}", "/x");
    YES("/x{#f}", "/x#");
    YES("/x{#f}", "/x#a/b?c");
    NO("/x{#f}", "/xa");
    YES("/x{#f,g*}", "/x#a,b,c");
    YES("{+a,b}", "1,2,3");
}

static void test_dot_slash(void **state)
{
    (void)state;
    YES("x{.ext}", "x");
    YES("x{.ext}", "x.");
    YES("x{.ext}", "x.tar.gz");
    NO("x{.ext}", "xtar");
    NO("x{.ext}", "x.a/b");
    NO("x{.ext}", "x.a=b");
    YES("x{.ext*}", "x.a=b.c=d");
    YES("{/a}", "/1");
    YES("{/a}", "/");
    YES("{/a}", "");
    NO("{/a}", "/1/2");
    NO("{/a}", "1");
    YES("{/a,b}", "/1/2");
    YES("{/a,b}", "/1");
    NO("{/a,b}", "/1/2/3");
    YES("{/a,b,c}", "/1/2/3");
    NO("{/a,b,c}", "/1/2/3/4");
    YES("{/a*}", "/1/2/3/4/5");
    YES("{/a*}", "/x=1/y=2");
    YES("{/a}/b", "/b");
    YES("{/a}/b", "/a/b");
    NO("{/a}/b", "/a/a/b");
    YES("{/a,b}{/c}", "/1/2/3");
    NO("{/a,b}{/c}", "/1/2/3/4");
    YES("{/a:3}", "/abcdef");
    YES("{/a*}/x{/b}", "/1/x/x/x/2");
}

static void test_named(void **state)
{
    (void)state;
    YES("x{;a}", "x;a=1");
    YES("x{;a}", "x;b");
    YES("x{;a}", "x");
    NO("x{;a}", "x;a=1;b=2");
    YES("x{;a,b}", "x;a=1;b=2");
    YES("x{;a*}", "x;a=1;b=2;c=3");
    YES("x{?q}", "x?q=1");
    YES("x{?q}", "x?q=a,b=c");
    YES("x{?q}", "x");
    YES("x{?q}", "x?");
    NO("x{?q}", "x?q=1&r=2");
    NO("x{?q}", "x&q=1");
    NO("x{?q}", "x?q=1?r");
    YES("x{?q,r}", "x?r=2&q=1");
    NO("x{?q,r}", "x?q=1&r=2&s=3");
    YES("x{?q*}", "x?q=1&r=2&s=3");
    YES("x?a=1{&q}", "x?a=1&q=1");
    YES("x?a=1{&q}", "x?a=1");
    NO("x?a=1{&q}", "x?a=1?q=1");
    YES("x{&q,r}", "x&q&r");
    NO("x{&q,r}", "x&q&r&s");
    YES("x{?q}{#f}", "x#top");
}

/* Values may contain = with the operators that write names, and where a variable is exploded: in
 * all values if it is the first variable, otherwise after the first separator. */
static void test_equal_sign(void **state)
{
    (void)state;
    NO("{a}", "k=v");
    YES("{a*}", "k=v");
    YES("{a*}", "k=v,l=w");
    NO("{a,b*}", "k=v");
    YES("{a,b*}", "x,k=v");
    NO("{a,b*}", "k=v,x");
    YES("{a,b*}", ",k=v");
    NO("{a,b}", "x,k=v");
    NO("{/a,b*}", "/k=v");
    YES("{/a,b*}", "/x/k=v/y/z");
    YES("{/a*,b}", "/k=v");
    NO("{.a,b*}", ".k=v");
    YES("{.a,b*}", "..k=v");
}

static const char *const templates[] = {
    "{a}",       "{+a}",           "{#a}",     "{.a}",  "{/a}",
    "{;a}",      "{?a}",           "{&a}",     "{a,b}", "{a*,b:3}",
    "{a:9999}",  "{a.b}",          "{%41b}",   "{_}",   "{0}",
    "!{a}~",     "caf\xc3\xa9{a}", "%20{a}",   "[{a}]", "{a}\xf0\x9f\x98\x80",
    "{a_b.c_d}", "{a%2Fb*}",       "{a:1}{b}",
};
static const char *const plain[] = {
    "",
    "a",
    "**",
    "{",
    "}",
    "{}",
    "{a",
    "a}",
    "{a}}",
    "{a}{",
    "{{a}}",
    "{=a}",
    "{,a}",
    "{!a}",
    "{@a}",
    "{|a}",
    "{a,}",
    "{,}",
    "{a:}",
    "{a:0}",
    "{a:x}",
    "{a:12345}",
    "{a*:3}",
    "{a:3*}",
    "{a**}",
    "{a b}",
    "{a-b}",
    "{.}",
    "{a.}",
    "{.a..b}",
    "{a%2}",
    "{a%zz}",
    "a b{c}",
    "\"{a}",
    "it's{a}",
    "<{a}",
    "\\{a}",
    "^{a}",
    "`{a}",
    "|{a}",
    "%{a}",
    "%4{a}",
    "{a}%",
    "{\xc3\xa9}",
    "\xc3{a}",
    "\xc3\x61{b}",
    "{a}\xc3",
    "\xc2\x80{a}",
    "\xef\xbf\xbf{a}",
    "\xef\xb7\x90{a}",
    "\x01{a}",
    "\x7f{a}",
    "{+}",
    "{++a}",
    "{a+}",
    "{$a}",
    "{(a)}",
    "{a\xff}",
    "\xf3\xa0\x80\x80{a}",
};

static void test_kinds(void **state)
{
    (void)state;
    assert_int_equal(selector_kind(SLICE("*")), SELECTOR_ALL);
    for (size_t i = 0; i < sizeof(templates) / sizeof(templates[0]); i++) {
        struct uri_template t;

        if (selector_kind(slice_str(templates[i])) != SELECTOR_TEMPLATE)
            fail_msg("%s is a template", templates[i]);
        assert_int_equal(uri_template_compile(slice_str(templates[i]), &t), OK);
        uri_template_free(&t);
        uri_template_free(&t);
    }
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        struct uri_template t = {.count = 77};

        if (selector_kind(slice_str(plain[i])) != SELECTOR_EXACT)
            fail_msg("%s is a plain string", plain[i]);
        assert_int_equal(uri_template_compile(slice_str(plain[i]), &t), ERR_INVALID);
        assert_int_equal(t.count, 77);
        YES(plain[i], plain[i]);
        NO(plain[i], "1");
    }
}

static void test_bytes_of_zero(void **state)
{
    struct uri_template t;

    (void)state;
    assert_int_equal(selector_kind(SLICE("a\0{b}")), SELECTOR_EXACT);
    assert_int_equal(selector_kind(SLICE("{\0b}")), SELECTOR_EXACT);
    assert_int_equal(uri_template_compile(SLICE("a{+b}"), &t), OK);
    assert_false(matches(&t, SLICE("a\0")));
    assert_false(matches(&t, SLICE("ab\0c")));
    /* Nothing is read beyond the end. */
    assert_false(matches(&t, slice_of("a%41", 3)));
    assert_false(matches(&t, slice_of("a%41", 2)));
    assert_true(matches(&t, slice_of("a%41", 1)));
    assert_int_equal(selector_kind(slice_of("{a}%41", 5)), SELECTOR_EXACT);
    assert_int_equal(selector_kind(slice_of("{a}%41", 6)), SELECTOR_TEMPLATE);
    uri_template_free(&t);
}

static void test_limits(void **state)
{
    char text[URI_TEMPLATE_SIZE_MAX + 2];
    char topic[URI_TEMPLATE_SIZE_MAX + 2];
    struct uri_template t;

    (void)state;
    memset(text, 'a', sizeof text);
    memcpy(text, "{x}", 3);
    memset(topic, 'a', sizeof topic);
    assert_int_equal(uri_template_compile(slice_of(text, URI_TEMPLATE_SIZE_MAX), &t), OK);
    assert_true(matches(&t, slice_of(topic, URI_TEMPLATE_SIZE_MAX)));
    assert_true(matches(&t, slice_of(topic, URI_TEMPLATE_SIZE_MAX - 3)));
    assert_false(matches(&t, slice_of(topic, URI_TEMPLATE_SIZE_MAX - 4)));
    assert_false(matches(&t, slice_of(topic, URI_TEMPLATE_SIZE_MAX + 1)));
    uri_template_free(&t);
    assert_int_equal(uri_template_compile(slice_of(text, URI_TEMPLATE_SIZE_MAX + 1), &t),
                     ERR_TOO_LARGE);
    assert_int_equal(selector_kind(slice_of(text, URI_TEMPLATE_SIZE_MAX + 1)), SELECTOR_EXACT);
    assert_true(selector_matches(slice_of(text, URI_TEMPLATE_SIZE_MAX + 1),
                                 slice_of(text, URI_TEMPLATE_SIZE_MAX + 1)));
    assert_false(selector_matches(slice_of(text, URI_TEMPLATE_SIZE_MAX + 1),
                                  slice_of(topic, URI_TEMPLATE_SIZE_MAX)));
}

/* Repeats the piece. */
static struct slice repeated(char *text, size_t size, unsigned times, const char *piece)
{
    size_t piece_size = strlen(piece);
    size_t used = 0;

    while (times-- > 0 && used + piece_size <= size) {
        memcpy(text + used, piece, piece_size);
        used += piece_size;
    }
    return slice_of(text, used);
}

static void test_parts_limit(void **state)
{
    char text[URI_TEMPLATE_SIZE_MAX];
    struct slice most = repeated(text, sizeof text, URI_TEMPLATE_PARTS_MAX, "{a}");
    struct uri_template t;

    (void)state;
    assert_int_equal(uri_template_compile(most, &t), OK);
    assert_true(matches(&t, SLICE("x")));
    uri_template_free(&t);
    most = repeated(text, sizeof text, URI_TEMPLATE_PARTS_MAX + 1, "{a}");
    assert_int_equal(uri_template_compile(most, &t), ERR_TOO_LARGE);
    assert_int_equal(selector_kind(most), SELECTOR_EXACT);
    assert_false(selector_matches(most, SLICE("x")));
}

/* Templates that would make a backtracking matcher explode take at most size times size steps. */
static void test_steps(void **state)
{
    static const char *const pieces[] = {"{a}",         "{a}a",     "{+a}",          "{a*}aa",
                                         "{/a*}{/b,c}", "{?a,b,c}", "{&a*}",         "{.a}",
                                         "{a,b*}%41",   "aaa{a}",   "{/a,b,c,d,e,f}"};
    static const char *const topics[] = {"a", "aa%41", "/a", "&a=", ".", "%41", "/", "a,=", "?&"};
    char text[URI_TEMPLATE_SIZE_MAX];
    char topic[URI_TEMPLATE_SIZE_MAX];
    uint64_t most = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        struct uri_template t;

        assert_int_equal(
            uri_template_compile(repeated(text, sizeof text, URI_TEMPLATE_PARTS_MAX / 2, pieces[i]),
                                 &t),
            OK);
        for (size_t j = 0; j < sizeof(topics) / sizeof(topics[0]); j++) {
            struct slice long_topic = repeated(topic, sizeof topic - 1, UINT_MAX, topics[j]);
            uint64_t steps = 0;

            topic[long_topic.size++] = '!';
            (void)uri_template_matches(&t, long_topic, &steps);
            assert_true(steps <= (uint64_t)(t.text.size + 1) * (long_topic.size + 1));
            assert_true(steps <= (uint64_t)8 * URI_TEMPLATE_PARTS_MAX * sizeof topic);
            if (steps > most)
                most = steps;
        }
        uri_template_free(&t);
    }
    assert_true(most > URI_TEMPLATE_SIZE_MAX); /* some did a lot of work */
}

/* ---- against an independent matcher: the language as a POSIX regular expression ------------ */

static void ere_literal(struct buf *b, char c)
{
    if (strchr(".[]{}()\\*+?|^$", c) != NULL)
        buf_char(b, '\\');
    buf_char(b, c);
}

static void ere_set(struct buf *b, bool reserved, bool equal)
{
    buf_str(b, "([");
    if (reserved)
        buf_str(b, "][!#$&'()*+/:;=?@");
    if (equal && !reserved)
        buf_char(b, '=');
    buf_str(b, ",._~A-Za-z0-9-]|%[0-9A-Fa-f][0-9A-Fa-f])*");
}

/* Writes the expression, without its braces, as in the table of uri_template.h. */
static void ere_expression(struct buf *b, const char *text, size_t size)
{
    char op = strchr("+#./;?&", text[0]) != NULL ? text[0] : 0;
    char sep = op == '?' ? '&' : op == 0 || op == '+' || op == '#' ? ',' : op;
    bool named = op == ';' || op == '?' || op == '&';
    bool reserved = op == '+' || op == '#';
    bool exploded = memchr(text, '*', size) != NULL;
    const char *comma = memchr(text, ',', size);
    size_t first_size = comma != NULL ? (size_t)(comma - text) : size;
    bool first_exploded = text[first_size - 1] == '*';
    unsigned commas = 0;

    for (size_t i = 0; i < size; i++)
        commas += text[i] == ',';
    buf_char(b, '(');
    if (op != 0 && op != '+')
        ere_literal(b, op);
    ere_set(b, reserved, named || first_exploded);
    if (commas > 0 || exploded) {
        buf_char(b, '(');
        ere_literal(b, sep);
        ere_set(b, reserved, named || exploded);
        buf_char(b, ')');
        if (exploded)
            buf_char(b, '*');
        else
            buf_printf(b, "{0,%u}", commas);
    }
    buf_str(b, ")?");
}

static void to_ere(struct slice template, struct buf *b)
{
    size_t i = 0;

    buf_reset(b);
    buf_char(b, '^');
    while (i < template.size) {
        if (template.data[i] == '{') {
            const char *end = memchr(template.data + i, '}', template.size - i);

            ere_expression(b, template.data + i + 1, (size_t)(end - template.data) - i - 1);
            i = (size_t)(end - template.data) + 1;
        } else {
            ere_literal(b, template.data[i++]);
        }
    }
    buf_char(b, '$');
    buf_char(b, '\0');
    assert_true(buf_ok(b));
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static struct slice random_text(uint64_t *state, char *text, size_t size, const char *const *pieces,
                                size_t count)
{
    size_t wanted = next_random(state) % 8;
    size_t used = 0;

    for (size_t i = 0; i < wanted; i++) {
        const char *piece = pieces[next_random(state) % count];

        if (used + strlen(piece) < size) {
            memcpy(text + used, piece, strlen(piece));
            used += strlen(piece);
        }
    }
    text[used] = '\0';
    return slice_of(text, used);
}

static void test_same_as_regcomp(void **state)
{
    static const char *const of_template[] = {
        "{a}",     "{+a}",   "{#a}",   "{.a}",   "{/a}",  "{;a}",   "{?a}",   "{&a}",     "{a,b}",
        "{a*}",    "{a,b*}", "{a*,b}", "{/a,b}", "{/a*}", "{;a,b}", "{?a,b}", "{&a,b,c}", "{.a,b*}",
        "{/a,b*}", "{#a,b}", "{+a*}",  "a",      "/",     ".",      ",",      "=",        "%41",
        "41",      "?",      "&",      ";",      "#",     "1",      "ab",
    };
    static const char *const of_topic[] = {"a", "b", "/", ".",  ",",    "=", "%41",
                                           "4", "1", "?", "&",  ";",    "#", "%",
                                           "-", "[", "*", "/a", "&a=1", " ", "!"};
    uint64_t random = 0x9e3779b97f4a7c15;
    unsigned compared = 0;
    unsigned matched = 0;
    struct buf ere;

    (void)state;
    buf_init(&ere, 64 * 1024);
    for (unsigned round = 0; round < 3000; round++) {
        char text[128];
        char topic[64];
        struct uri_template t;
        regex_t regex;
        struct slice template = random_text(&random, text, sizeof text, of_template,
                                            sizeof(of_template) / sizeof(of_template[0]));

        if (uri_template_compile(template, &t) != OK)
            continue;
        to_ere(template, &ere);
        assert_int_equal(regcomp(&regex, ere.data, REG_EXTENDED | REG_NOSUB), 0);
        for (unsigned i = 0; i < 40; i++) {
            struct slice s = random_text(&random, topic, sizeof topic, of_topic,
                                         sizeof(of_topic) / sizeof(of_topic[0]));
            bool expected = regexec(&regex, topic, 0, NULL, 0) == 0;

            if (matches(&t, s) != expected)
                fail_msg("%s and %s: regcomp says %d", text, topic, expected);
            compared++;
            matched += expected;
        }
        regfree(&regex);
        uri_template_free(&t);
    }
    buf_clear(&ere);
    /* Both outcomes have occurred. */
    assert_true(matched > 5000);
    assert_true(compared - matched > 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_and_exact), cmocka_unit_test(test_equals_itself),
        cmocka_unit_test(test_simple),        cmocka_unit_test(test_overlap),
        cmocka_unit_test(test_plus_and_hash), cmocka_unit_test(test_dot_slash),
        cmocka_unit_test(test_named),         cmocka_unit_test(test_equal_sign),
        cmocka_unit_test(test_kinds),         cmocka_unit_test(test_bytes_of_zero),
        cmocka_unit_test(test_limits),        cmocka_unit_test(test_parts_limit),
        cmocka_unit_test(test_steps),         cmocka_unit_test(test_same_as_regcomp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
