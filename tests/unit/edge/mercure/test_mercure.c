/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/mercure/mercure.h"

#include "common/topic/selector.h"
#include "edge/mercure/mercure_charset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HUB_URL "https://example.org/.well-known/mercure"
#define TOKEN "a-token-that-is-long-enough-to-be-looked-at"

/* ---- dialects and topics ---- */

static struct form parse(const char *query)
{
    struct form form;

    assert_int_equal(form_parse(slice_str(query), &form), OK);
    return form;
}

static const char *select(const char *text, struct slice *selectors, size_t *out_count)
{
    struct form query = parse(text);
    static struct mercure_selectors wanted;
    bool good;

    wanted = (struct mercure_selectors){.list = selectors, .max = 3};
    buf_init(&wanted.marked, 3 * SELECTOR_SIZE_MAX);
    good = mercure_read_selectors(&query, mercure_dialect_of(&query), SLICE(HUB_URL), &wanted);
    *out_count = wanted.count;
    form_clear(&query);
    buf_clear(&wanted.marked);
    return good ? NULL : wanted.reason;
}

static void test_dialect(void **state)
{
    static const struct {
        const char *query;
        enum mercure_dialect dialect;
    } cases[] = {
        {"", MERCURE_LEGACY},
        {"topic=a", MERCURE_LEGACY},
        {"last_event_id=match", MERCURE_LEGACY},
        {"mat=1", MERCURE_LEGACY},
        {"match=a", MERCURE_MODERN},
        {"x=1&match_exact=a", MERCURE_MODERN},
        {"MATCHx", MERCURE_MODERN},
        {"%6datch_urlpattern=a", MERCURE_MODERN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct form query = parse(cases[i].query);

        assert_int_equal(mercure_dialect_of(&query), cases[i].dialect);
        form_clear(&query);
    }
}

static void test_selectors(void **state)
{
    static const char *const good[] = {
        "topic=a&topic=*&topic=b/{id}", "match=a&x=y&match_exact=*",
        "topic=a&unknown=1&Topic=", "match={id}&match_urlpattern=/a/:id&match_urlpattern=*"};
    static const size_t counts[] = {3, 2, 1, 3};
    static const char *const bad[] = {
        "",
        "x=1",
        "topic=",
        "topic=a%0ab",
        "topic=%ff",
        "match=",
        "match_x=a",
        "Match=a",
        "match=a&topic=",
        "match=a&match=%e2%80%8b",
        "match=a%09",
        "match=x%c2%85",
        "match_urlpattern=",
        "match_urlpattern=/(a)",
        "match_urlpattern=%0a",
        "topic=1&topic=2&topic=3&topic=4",
        "match=1&match=2&match=3&match=4",
    };
    struct slice selectors[4];
    size_t count;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_null(select(good[i], selectors, &count));
        assert_int_equal(count, counts[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_non_null(select(bad[i], selectors, &count));
}

static void test_marked_selectors(void **state)
{
    struct form query = parse("match=a&match={id}&match_urlpattern=/a/:id");
    struct slice selectors[3];
    struct mercure_selectors wanted = {.list = selectors, .max = 3};

    (void)state;
    buf_init(&wanted.marked, 3 * SELECTOR_SIZE_MAX);
    assert_true(mercure_read_selectors(&query, MERCURE_MODERN, SLICE(HUB_URL), &wanted));
    assert_true(slice_equal(selectors[0], SLICE("a")));
    assert_true(slice_equal(selectors[1], SLICE("\x01{id}")));
    assert_true(slice_equal(selectors[2], SLICE("\x02" HUB_URL "\x02/a/:id")));
    form_clear(&query);
    buf_clear(&wanted.marked);
}

/* ---- cursors ---- */

static void expect_cursor(const char *header, const char *text, enum mercure_dialect dialect,
                          const char *expected)
{
    struct http_header headers[] = {
        {SLICE("last-event-id"), slice_str(header == NULL ? "" : header)}};
    struct http_message message = {.headers = headers, .header_count = header == NULL ? 0 : 1};
    struct form query = parse(text);
    struct slice cursor = mercure_cursor(&message, &query, dialect);

    assert_int_equal(cursor.data == NULL, expected == NULL);
    if (expected != NULL)
        assert_true(slice_equal(cursor, slice_str(expected)));
    form_clear(&query);
}

static void test_cursor(void **state)
{
    (void)state;
    expect_cursor(NULL, "topic=a", MERCURE_LEGACY, NULL);
    expect_cursor("", "lastEventID=", MERCURE_LEGACY, NULL);
    expect_cursor("h", "lastEventID=q", MERCURE_LEGACY, "h");
    expect_cursor("", "lastEventID=q", MERCURE_LEGACY, "q");
    expect_cursor(NULL, "lastEventID=&Last-Event-ID=q", MERCURE_LEGACY, "q");
    expect_cursor(NULL, "lastEventId=q", MERCURE_LEGACY, "q");
    expect_cursor(NULL, "last_event_id=q", MERCURE_MODERN, "q");
    expect_cursor(NULL, "last_event_id=", MERCURE_MODERN, "");
    expect_cursor(NULL, "last_event_id=", MERCURE_LEGACY, NULL);
}

static struct edge_status status_of(uint64_t oldest, uint64_t head)
{
    return (struct edge_status){
        .epoch = {"k3f9x2"}, .oldest = oldest, .head = head, .known_head = head};
}

static void test_place(void **state)
{
    static const struct {
        const char *cursor;
        enum mercure_cursor_kind place;
        const char *header;
    } cases[] = {
        {"", MERCURE_CURSOR_NONE, "k3f9x2-9"},
        {"earliest", MERCURE_CURSOR_EARLIEST, "earliest"},
        {"k3f9x2-9", MERCURE_CURSOR_KNOWN, "k3f9x2-9"},
        {"k3f9x2-4", MERCURE_CURSOR_KNOWN, "k3f9x2-4"}, /* 5 is the next one */
        {"k3f9x2-3", MERCURE_CURSOR_GONE, "earliest"},
        {"k3f9x2-10", MERCURE_CURSOR_GONE, "earliest"},
        {"other1-9", MERCURE_CURSOR_FOREIGN, "earliest"},
        {"urn:uuid:1", MERCURE_CURSOR_FOREIGN, "earliest"},
    };
    struct edge_status status = status_of(5, 9);
    struct edge_status empty = status_of(0, 0);
    char text[EVENT_ID_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct slice cursor = slice_str(cases[i].cursor);

        assert_int_equal(mercure_cursor_kind(cursor, &status), cases[i].place);
        assert_true(slice_equal(mercure_cursor_header(cursor, cases[i].place, &status, text),
                                slice_str(cases[i].header)));
    }
    assert_true(slice_equal(mercure_cursor_header(SLICE(""), MERCURE_CURSOR_NONE, &empty, text),
                            SLICE("earliest")));
    /* A publisher's id that was found, but is not allowed in a header. */
    assert_true(
        slice_equal(mercure_cursor_header(SLICE("a\x01"), MERCURE_CURSOR_KNOWN, &status, text),
                    SLICE("earliest")));
}

static void test_head(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    mercure_write_head(&out, "X-Extra: 1\r\n", SLICE("urn:1"));
    buf_char(&out, '\0');
    assert_non_null(
        strstr(out.data, "\r\nLast-Event-ID: urn:1\r\nMercure-Last-Event-ID: urn:1\r\n"));
    assert_non_null(strstr(out.data, "\r\nX-Extra: 1\r\n"));
    buf_reset(&out);
    mercure_write_head(&out, NULL, (struct slice){NULL, 0});
    buf_char(&out, '\0');
    assert_null(strstr(out.data, "Last-Event-ID"));
    buf_clear(&out);
}

/* ---- who asks ---- */

/* The token's last byte says what it is: + everything, - no publish claim, m a modern one, else
 * bad. */
static enum token_error verify(void *context, uint64_t unix_ms, struct slice token,
                               struct grants **out, char detail[TOKEN_DETAIL_SIZE])
{
    struct grants *g;

    (void)context;
    (void)unix_ms;
    detail[0] = 'x';
    detail[1] = '\0';
    if (strchr("+-m", token.data[token.size - 1]) == NULL)
        return TOKEN_SIGNATURE;
    g = grants_create((struct slice){0});
    g->modern = token.data[token.size - 1] == 'm';
    if (token.data[token.size - 1] == '+')
        assert_int_equal(
            grants_add(g, GRANT_PUBLISH, GRANT_SELECTOR, SLICE("a/{id}"), slice_of(NULL, 0)), OK);
    *out = g;
    return TOKEN_OK;
}

static struct access_rules rules_of(bool anonymous)
{
    static const struct access_config configs[] = {
        {false, "mercureAuthorization", "", "https://app.test"},
        {true, "mercureAuthorization", "", "https://app.test"},
    };

    return (struct access_rules){.config = &configs[anonymous], .verify = verify};
}

/* Makes a request with one header. Returns 0 or the status of the refusal. */
static int subscriber(bool anonymous, const char *name, const char *value, const char *text,
                      enum mercure_code code)
{
    struct access_rules rules = rules_of(anonymous);
    struct http_header headers[] = {{slice_str(name), slice_str(value)}};
    struct http_message message = {.headers = headers, .header_count = 1};
    struct form query = parse(text);
    struct mercure_refusal refusal = {.status = 0};
    struct access access;

    if (mercure_admit_subscriber(&rules, 0, &message, &query, mercure_dialect_of(&query), &access,
                                 &refusal))
        access_clear(&access);
    assert_int_equal(refusal.code, code);
    form_clear(&query);
    return refusal.status;
}

static void test_subscriber(void **state)
{
    const enum mercure_code none = MERCURE_NO_CODE;
    const enum mercure_code bad = MERCURE_INVALID_TOKEN;

    (void)state;
    assert_int_equal(subscriber(true, "X", "", "topic=a", none), 0);
    assert_int_equal(subscriber(false, "X", "", "topic=a", none), 401);
    assert_int_equal(subscriber(false, "X", "", "match=a", none), 401);
    assert_int_equal(subscriber(false, "Authorization", "Bearer " TOKEN "-", "topic=a", none), 0);
    assert_int_equal(subscriber(true, "Authorization", "Bearer " TOKEN "?", "topic=a", bad), 401);
    assert_int_equal(subscriber(true, "Authorization", "Bearer " TOKEN "?", "match=a", bad), 401);
    assert_int_equal(subscriber(true, "Authorization", "Bearer +", "topic=a", bad), 401);
    assert_int_equal(
        subscriber(true, "Authorization", "Bearer +", "match=a", MERCURE_INVALID_REQUEST), 400);
    assert_int_equal(
        subscriber(false, "Cookie", "mercureAuthorization=" TOKEN "+", "topic=a", none), 0);
    assert_int_equal(subscriber(false, "Cookie", MERCURE_COOKIE "=" TOKEN "m", "topic=a", none), 0);
    assert_int_equal(subscriber(false, "X", "", "topic=a&authorization=" TOKEN "-", none), 0);
    assert_int_equal(
        subscriber(true, "X", "", "topic=a&authorization=" TOKEN "-&authorization=" TOKEN "-", bad),
        401);
    assert_int_equal(subscriber(false, "X", "", "match=a&authorization=" TOKEN "-", none), 401);
}

static int publisher(const char *name, const char *value, const char *origin,
                     enum mercure_dialect expected, enum mercure_code code)
{
    struct access_rules rules = rules_of(true);
    struct http_header headers[] = {{slice_str(name), slice_str(value)},
                                    {SLICE("Origin"), slice_str(origin)}};
    struct http_message message = {.headers = headers, .header_count = origin[0] == '\0' ? 1 : 2};
    struct form query = parse("");
    struct mercure_refusal refusal = {.status = 0};
    enum mercure_dialect dialect;
    struct access access;

    (void)mercure_admit_publisher(&rules, 0, &message, &query, &access, &dialect, &refusal);
    access_clear(&access);
    assert_int_equal(dialect, expected);
    assert_int_equal(refusal.code, code);
    return refusal.status;
}

static void test_publisher(void **state)
{
    const enum mercure_dialect l = MERCURE_LEGACY;
    const enum mercure_dialect m = MERCURE_MODERN;
    const char *app = "https://app.test";

    (void)state;
    assert_int_equal(publisher("X", "", "", l, MERCURE_NO_CODE), 401);
    assert_int_equal(publisher("Authorization", "Bearer " TOKEN "+", "", l, MERCURE_NO_CODE), 0);
    assert_int_equal(publisher("Authorization", "Bearer " TOKEN "-", "", l, MERCURE_INVALID_TOKEN),
                     401);
    assert_int_equal(
        publisher("Authorization", "Bearer " TOKEN "m", "", m, MERCURE_INSUFFICIENT_SCOPE), 403);
    assert_int_equal(
        publisher("Cookie", "mercureAuthorization=" TOKEN "+", app, l, MERCURE_NO_CODE), 0);
    assert_int_equal(
        publisher("Cookie", "mercureAuthorization=" TOKEN "+", "", l, MERCURE_INVALID_TOKEN), 401);
    assert_int_equal(publisher("Cookie", MERCURE_COOKIE "=" TOKEN "m", "https://evil.test", m,
                               MERCURE_INVALID_REQUEST),
                     400);
}

static void test_challenge(void **state)
{
    struct http_header headers[] = {{SLICE("Host"), SLICE("a.test:1")},
                                    {SLICE("X-Forwarded-Proto"), SLICE("https")}};
    struct http_message message = {.headers = headers, .header_count = 2};
    struct mercure_refusal refusal = {.status = 401};
    struct buf out;

    (void)state;
    buf_init(&out, 1024);
    mercure_write_challenge(&message, &refusal, &out);
    assert_true(slice_equal(
        buf_all(&out), SLICE("WWW-Authenticate: Bearer resource_metadata=\"https://a.test:1"
                             "/.well-known/oauth-protected-resource/.well-known/mercure\"\r\n")));
    buf_reset(&out);
    headers[0].value = SLICE("a\"b");
    refusal = (struct mercure_refusal){.status = 403, .code = MERCURE_INSUFFICIENT_SCOPE};
    mercure_write_challenge(&message, &refusal, &out);
    assert_true(slice_equal(buf_all(&out),
                            SLICE("WWW-Authenticate: Bearer error=\"insufficient_scope\"\r\n")));
    buf_reset(&out);
    mercure_write_challenge(&message, &(struct mercure_refusal){.status = 400}, &out);
    assert_int_equal(out.size, 0);
    buf_clear(&out);
}

/* ---- publishing ---- */

#define FORM "application/x-www-form-urlencoded"

/* Reads and checks a form. Returns 0 or the status. */
static int check_publish(struct publish_body *p, const char *body, enum mercure_dialect dialect)
{
    const struct access open = {.open = true};
    struct mercure_refusal refusal;
    int status;

    publish_body_init(p, NULL, (struct slice){NULL, 0});
    status = mercure_read_form(p, SLICE(FORM "; charset=utf-8"), slice_str(body));
    if (status == 0)
        status = mercure_check_publish(p, &open, dialect, 8, &refusal);
    return status;
}

static void expect_publish(const char *body, int legacy, int modern)
{
    struct publish_body p;

    assert_int_equal(check_publish(&p, body, MERCURE_LEGACY), legacy);
    publish_body_clear(&p);
    assert_int_equal(check_publish(&p, body, MERCURE_MODERN), modern);
    publish_body_clear(&p);
}

static void test_read(void **state)
{
    struct publish_body p;

    (void)state;
    assert_int_equal(check_publish(&p,
                                   "topic=a&topic=b&topic=a&data=x%0Ay&private&id=1&id=2&type=t&"
                                   "retry=5&ttl=no&message=z",
                                   MERCURE_LEGACY),
                     0);
    assert_int_equal(p.record.topic_count, 2);
    assert_true(slice_equal(p.record.data, SLICE("x\ny")));
    assert_true(slice_equal(p.record.id, SLICE("1")));
    assert_true(slice_equal(p.record.type, SLICE("t")));
    assert_int_equal(p.record.flags, RECORD_PRIVATE);
    assert_int_equal(p.record.retry_ms, 5);
    publish_body_clear(&p);
    assert_int_equal(check_publish(&p, "topic=a&id=&type=&retry=&private=off", MERCURE_MODERN), 0);
    assert_null(p.record.id.data);
    assert_null(p.record.type.data);
    assert_int_equal(p.record.data.size, 0);
    assert_int_equal(p.record.flags, RECORD_PRIVATE);
    publish_body_clear(&p);
    publish_body_init(&p, NULL, (struct slice){NULL, 0});
    assert_int_equal(mercure_read_form(&p, SLICE("application/json"), SLICE("topic=a")), 400);
    publish_body_clear(&p);
}

static void test_values(void **state)
{
    (void)state;
    expect_publish("", 400, 400);
    expect_publish("data=x", 400, 400);
    expect_publish("topic=", 400, 400);
    expect_publish("topic=%", 400, 400);
    expect_publish("topic=*", 400, 400);
    expect_publish("topic=a&retry=x", 400, 400);
    expect_publish("topic=a&retry=-1", 400, 400);
    expect_publish("topic=a&data=12345678", 0, 0);
    expect_publish("topic=a&data=123456789", 400, 413);
    expect_publish("topic=a&data=%ff", 400, 400);
    expect_publish("topic=a&id=earliest", 400, 400);
    expect_publish("topic=a&id=x%0a", 400, 400);
    expect_publish("topic=a&type=x%0d", 400, 400);
    expect_publish("topic=a&id=%231", 0, 400);
    expect_publish("topic=a&id=a%09b", 0, 400);
    expect_publish("topic=a&type=a%e2%80%8eb", 0, 400);
    expect_publish("topic=a&type=mercure", 0, 400);
}

static void test_reserved(void **state)
{
    static const struct {
        const char *topic;
        bool legacy;
        bool modern;
    } cases[] = {
        {"a", false, false},
        {"/.well-known/mercure", true, true},
        {"/.well-known/mercure/subscriptions/a", true, true},
        {"https://a.test/.well-known/mercure?x", true, true},
        {"https://a.test/b/.well-known/mercure", true, false},
        {"/.well-known/mercures", true, false},
        {"urn:x/.well-known/mercure", true, false},
        {"mercure", false, true}, /* relative to the hub's own URL */
        {"/x/../.well-known/mercure", true, true},
        {"/.well-known/%6dercur%65/a", false, true},
        {"/.well-known/x/%2e%2e/mercure", false, true},
        {"/.well-known%2fmercure", false, false},
        {"/%", false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct slice topic = slice_str(cases[i].topic);

        assert_int_equal(mercure_reserved(topic, MERCURE_LEGACY), cases[i].legacy);
        assert_int_equal(mercure_reserved(topic, MERCURE_MODERN), cases[i].modern);
    }
}

static void test_granted(void **state)
{
    char detail[TOKEN_DETAIL_SIZE];
    struct access access = {.open = false};
    struct mercure_refusal refusal;
    struct publish_body p;

    (void)state;
    assert_int_equal(verify(NULL, 0, SLICE("+"), &access.grants, detail), TOKEN_OK);
    publish_body_init(&p, NULL, (struct slice){NULL, 0});
    assert_int_equal(mercure_read_form(&p, SLICE(FORM), SLICE("topic=a/1")), 0);
    assert_int_equal(mercure_check_publish(&p, &access, MERCURE_LEGACY, 8, &refusal), 0);
    publish_body_clear(&p);
    publish_body_init(&p, NULL, (struct slice){NULL, 0});
    assert_int_equal(mercure_read_form(&p, SLICE(FORM), SLICE("topic=a/1&topic=b")), 0);
    assert_int_equal(mercure_check_publish(&p, &access, MERCURE_LEGACY, 8, &refusal), 401);
    assert_int_equal(refusal.code, MERCURE_INVALID_TOKEN);
    assert_int_equal(mercure_check_publish(&p, &access, MERCURE_MODERN, 8, &refusal), 403);
    assert_int_equal(refusal.code, MERCURE_INSUFFICIENT_SCOPE);
    publish_body_clear(&p);
    access_clear(&access);
}

static void test_clean(void **state)
{
    static const char *const clean[] = {"", "a ~", "\xc2\xa0", "\xe2\x80\xaf", "\xf0\x9f\x98\x80"};
    static const char *const dirty[] = {
        "\n",           "a\x7f",        "\xc2\x80",         "\xc2\xad", "\xd8\x9c",
        "\xe2\x80\x8b", "\xef\xbb\xbf", "\xf3\xa0\x81\xbf", "\xff"};

    (void)state;
    for (size_t i = 0; i < sizeof clean / sizeof clean[0]; i++)
        assert_true(mercure_charset_allows(slice_str(clean[i])));
    for (size_t i = 0; i < sizeof dirty / sizeof dirty[0]; i++)
        assert_false(mercure_charset_allows(slice_str(dirty[i])));
    assert_false(mercure_charset_allows(SLICE("a\0b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dialect),
        cmocka_unit_test(test_selectors),
        cmocka_unit_test(test_marked_selectors),
        cmocka_unit_test(test_cursor),
        cmocka_unit_test(test_place),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_subscriber),
        cmocka_unit_test(test_publisher),
        cmocka_unit_test(test_challenge),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_reserved),
        cmocka_unit_test(test_granted),
        cmocka_unit_test(test_clean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
