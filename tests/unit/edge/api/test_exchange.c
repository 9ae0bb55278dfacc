/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/exchange.h"

#include "edge/publish/publish_body.h"

#include "tests/unit/edge/api/exchange_fixture.h"

static const unsigned char page[] = "<p>page</p>";
static const unsigned char packed[] = "zzz";
static const struct asset files[] = {{"index.html", "text/html", "\"1\"", page, 11, packed, 3}};

static int setup(void **state)
{
    struct world *w = world_open(fixture_open(), 3);

    w->config.assets = (struct asset_table){files, 1};
    *state = w;
    return 0;
}

/* An immediate response that leaves the connection open. */
static void expect_response(struct world *w, const char *method, const char *target,
                            const char *body, int status)
{
    assert_int_equal(world_ask(w, method, target, body), EXCHANGE_RESPONDED);
    world_expect_status(w, status);
    assert_true(w->x.keep_alive);
}

static void test_simple_responses(void **state)
{
    struct world *w = *state;

    expect_response(w, "GET", "/nothing", "", 404);
    expect_response(w, "GET", "nothing", "", 400);
    expect_response(w, "GET", "/%zz", "", 400);
    expect_response(w, "DELETE", "/publish", "", 405);
    world_expect(w, "Allow: POST, OPTIONS\r\n");
    expect_response(w, "POST", "/", "", 405);
    world_expect(w, "Allow: GET, HEAD, OPTIONS\r\n");
    expect_response(w, "OPTIONS", "/subscribe", "", 204);
    world_expect(w, "Allow: GET, HEAD, OPTIONS\r\n");
    expect_response(w, "OPTIONS", "*", "", 204);
    world_expect(w, "POST");
    expect_response(w, "OPTIONS", "/", "", 204);
    expect_response(w, "GET", "/problems/rate", "", 303);
    world_expect(w, "Location: ../docs/http#problem-rate\r\n");
    expect_response(w, "GET", "/problems/nothing", "", 404);
    expect_response(w, "POST", "/problems/rate", "", 405);
    expect_response(w, "HEAD", "/nothing", "", 404);
    assert_string_equal(w->out.data + strlen(w->out.data) - 4, "\r\n\r\n");
}

static void test_files(void **state)
{
    struct world *w = *state;

    expect_response(w, "GET", "/", "", 200);
    world_expect(w, "\r\n\r\n<p>page</p>");
    world_expect(
        w, "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
           "connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
           "frame-ancestors 'none'\r\n");
    world_expect(w, "X-Content-Type-Options: nosniff\r\n");
    world_expect(w, "Referrer-Policy: no-referrer\r\n");
    world_expect(w, "ETag: \"1\"\r\n");
    world_header(w, "Accept-Encoding", "gzip");
    expect_response(w, "GET", "http://host/index.html", "", 200);
    world_expect(w, "Content-Encoding: gzip\r\n");
    world_expect(w, "Content-Length: 3\r\n");
    world_header(w, "If-None-Match", "\"1\"");
    expect_response(w, "GET", "/", "", 304);
    expect_response(w, "HEAD", "/", "", 200);
    world_expect(w, "Content-Length: 11\r\n");
    assert_null(strstr(w->out.data, "<p>"));
}

/* Returns the number after "retry: " in the response. */
static unsigned long retry_of(const struct world *w)
{
    const char *at = strstr(w->out.data, "\r\n\r\nretry: ");

    assert_non_null(at);
    return strtoul(at + 11, NULL, 10);
}

static void expect_stream_head(struct world *w)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                               "Cache-Control: no-cache, no-transform\r\nX-Accel-Buffering: no\r\n"
                               "Connection: close\r\n\r\n";

    assert_int_equal(strncmp(w->out.data, head, strlen(head)), 0);
    assert_false(w->x.keep_alive);
}

/* Opens the stream and compares what the core sends to it. */
static void subscribe(struct world *w, const char *target, const char *expected)
{
    assert_int_equal(world_ask(w, "GET", target, ""), EXCHANGE_STREAM);
    expect_stream_head(w);
    assert_in_range(retry_of(w), 1600, 2400);
    fixture_drain(w->f);
    assert_int_equal(w->client.got.size, 0); /* nothing before the head is written */
    edge_writable(w->f->e, w->x.stream);
    fixture_drain(w->f);
    fixture_got(&w->client, expected);
    edge_unsubscribe(w->f->e, w->x.stream);
}

static void test_streams(void **state)
{
    struct world *w = *state;

    subscribe(w, "/subscribe?topic=a", "id: k3f9x2-3\n\n");
    subscribe(w, "/sse", "id: k3f9x2-3\n\n");
    subscribe(w, "/event_stream?topic=a&topic=b&history=0", "id: k3f9x2-3\n\n");
    subscribe(w, "/subscribe?topic=a&last_event_id=k3f9x2-1", "id: k3f9x2-3\ndata: r3\n\n");
    subscribe(w, "/subscribe?topic=*&lastEventID=k3f9x2-2", "id: k3f9x2-3\ndata: r3\n\n");
    subscribe(w, "/subscribe?topic=*&lastEventId=k3f9x2-2", "id: k3f9x2-3\ndata: r3\n\n");
    subscribe(w, "/subscribe?topic=*&Last-Event-ID=k3f9x2-2", "id: k3f9x2-3\ndata: r3\n\n");
    /* The browser's header is newer than the query; an empty header does not count. */
    world_header(w, "last-event-id", "k3f9x2-2");
    subscribe(w, "/subscribe?topic=a&last_event_id=k3f9x2-0", "id: k3f9x2-3\ndata: r3\n\n");
    world_header(w, "last-event-id", "");
    subscribe(w, "/subscribe?topic=a&last_event_id=k3f9x2-2", "id: k3f9x2-3\ndata: r3\n\n");
}

static void test_stream_refusals(void **state)
{
    struct world *w = *state;

    expect_response(w, "GET", "/subscribe?topic=", "", 400);
    expect_response(w, "GET", "/subscribe?topic=a%0ab", "", 400);
    expect_response(w, "GET", "/subscribe?topic=%ff", "", 400);
    expect_response(w, "GET", "/subscribe?topic=%f", "", 400);
    expect_response(w, "GET", "/subscribe?topic=a&topic=b&topic=c&topic=d", "", 400);
    expect_response(w, "GET", "/subscribe?history=10001", "", 400);
    expect_response(w, "GET", "/subscribe?history=-1", "", 400);
    assert_int_equal(world_ask(w, "HEAD", "/sse", ""), EXCHANGE_RESPONDED);
    expect_stream_head(w);
    assert_string_equal(w->out.data + strlen(w->out.data) - 4, "\r\n\r\n");
}

/* EventSource would not reconnect after a 503. */
static void test_turned_away(void **state)
{
    struct world *w = *state;

    edge_drain(w->f->e);
    for (uint32_t random = 0; random < 20000; random += 777) {
        w->now.random = random;
        assert_int_equal(world_ask(w, "GET", "/subscribe?topic=a", ""), EXCHANGE_RESPONDED);
        expect_stream_head(w);
        assert_in_range(retry_of(w), 1000, 5000);
    }
}

static void test_wants_body(void **state)
{
    struct http_message m = {.method = SLICE("POST"), .target = SLICE("/publish?topic=a")};

    (void)state;
    assert_true(exchange_wants_body(&m));
    m.target = SLICE("/chat");
    assert_true(exchange_wants_body(&m));
    m.target = SLICE("/nothing");
    assert_false(exchange_wants_body(&m));
    m.target = SLICE("nothing");
    assert_false(exchange_wants_body(&m));
    m = (struct http_message){.method = SLICE("PUT"), .target = SLICE("/publish")};
    assert_false(exchange_wants_body(&m));
}

static void test_refuse(void **state)
{
    struct world *w = *state;

    exchange_refuse(&w->context, &w->out, &w->now, 414, "too long");
    buf_char(&w->out, '\0');
    world_expect_status(w, 414);
    world_expect(w, "Connection: close\r\n");
    world_expect(w, "\"detail\":\"too long\"");
}

/* ---- publishes ---- */

#define FORM "application/x-www-form-urlencoded"

static void publish_waits(struct world *w, const char *type, const char *target, const char *body)
{
    if (type != NULL)
        world_header(w, "Content-Type", type);
    assert_int_equal(world_ask(w, "POST", target, body), EXCHANGE_WAITS);
    assert_ptr_equal(publish_request_owner(w->x.publish_request), &w->client);
    assert_false(publish_request_done(w->x.publish_request));
    fixture_drain(w->f);
}

/* Passes on the outcome from the core and writes the response. */
static void publish_ends(struct world *w)
{
    for (size_t i = 0; i < w->f->answered_count; i++) {
        const struct answered *a = &w->f->answered[i];

        assert_ptr_equal(publish_request_outcome(a->request, a->result, w->f->epoch, a->offset),
                         w->x.publish_request);
    }
    w->f->answered_count = 0;
    assert_true(publish_request_done(w->x.publish_request));
    w->x.keep_alive = false;
    world_published(w);
    world_expect(w, "Connection: close\r\n");
}

/* The log assigns the next offsets to the publishes first .. last of this edge. */
static void echo(struct world *w, uint64_t first, uint64_t last)
{
    uint64_t offset = w->f->head + 1;

    w->f->origin = w->f->config.incarnation;
    w->f->first_seq = first;
    fixture_batch(w->f, offset, offset + (last - first));
}

static void test_publish(void **state)
{
    struct world *w = *state;

    publish_waits(w, FORM, "/publish", "message=hi");
    echo(w, 1, 1);
    publish_ends(w);
    world_expect_status(w, 200);
    world_expect(w, "Content-Type: application/json\r\n");
    world_expect(w, "\r\n\r\n{\"id\":\"k3f9x2-4\",\"offset\":4,\"duplicate\":false}\n");

    publish_waits(w, NULL, "/publish?topic=a", "raw");
    echo(w, 2, 2);
    publish_ends(w);
    world_expect_status(w, 200);

    publish_waits(w, "application/json; charset=utf-8", "/chat", "{\"message\":1}");
    echo(w, 3, 3);
    publish_ends(w);
    world_expect_status(w, 200);
}

static void outcome(struct world *w, uint64_t seq, enum err code, uint64_t offset)
{
    struct wire_seq_outcome item = {seq, code, offset};
    struct wire_frame frame = {.type = WIRE_OUTCOME};

    frame.outcome.epoch = w->f->epoch;
    frame.outcome.term = w->f->term;
    frame.outcome.incarnation = w->f->config.incarnation;
    frame.outcome.outcomes = &item;
    frame.outcome.count = 1;
    fixture_receive(w->f, &frame);
    publish_ends(w);
}

static void test_outcomes(void **state)
{
    static const struct {
        enum err code;
        int status;
        bool retry;
    } cases[] = {
        {ERR_FULL, 507, true},       {ERR_IO, 503, true},       {ERR_UNAVAILABLE, 503, true},
        {ERR_TOO_LARGE, 413, false}, {ERR_INVALID, 400, false}, {ERR_DENIED, 403, false},
        {ERR_CORRUPT, 500, false},
    };
    struct world *w = *state;

    publish_waits(w, FORM, "/publish", "data=x&id=mine");
    outcome(w, 1, ERR_DUPLICATE, 2);
    world_expect_status(w, 200);
    world_expect(w, "{\"id\":\"k3f9x2-2\",\"offset\":2,\"duplicate\":true}\n");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        publish_waits(w, FORM, "/publish", "data=x");
        outcome(w, 2 + i, cases[i].code, 0);
        world_expect_status(w, cases[i].status);
        assert_int_equal(strstr(w->out.data, "Retry-After: 1\r\n") != NULL, cases[i].retry);
    }
}

static void test_deadline(void **state)
{
    struct world *w = *state;

    publish_waits(w, FORM, "/publish", "data=x");
    fixture_tick(w->f, 6000);
    publish_ends(w);
    world_expect_status(w, 503);
    world_expect(w, "Retry-After: 1\r\n");
    world_expect(w, "application/problem+json");
}

static void test_batch(void **state)
{
    struct world *w = *state;

    publish_waits(w, "application/x-ndjson", "/publish",
                  "{\"data\":1}\n{\"topic\":\"*\",\"data\":2}\n\n{\"data\":3}\nno\n");
    echo(w, 1, 2);
    publish_ends(w);
    world_expect_status(w, 200);
    world_expect(w, "Content-Type: application/x-ndjson\r\n");
    world_expect(w, "\r\n\r\n{\"id\":\"k3f9x2-4\",\"offset\":4,\"duplicate\":false}\n"
                    "{\"type\":\"/problems/invalid\",\"title\":\"Bad Request\",\"status\":400,"
                    "\"detail\":\"topic: must be");
    world_expect(w, "}\n{\"id\":\"k3f9x2-5\",\"offset\":5,\"duplicate\":false}\n{\"type\"");
    world_expect(w, "not JSON");
}

static void test_bad_bodies(void **state)
{
    struct world *w = *state;
    struct buf lines;

    expect_response(w, "POST", "/publish", "x", 415);
    world_header(w, "Content-Type", "text/plain");
    expect_response(w, "POST", "/chat", "x", 415);
    world_header(w, "Content-Type", FORM);
    expect_response(w, "POST", "/publish", "data=%", 400);
    world_header(w, "Content-Type", FORM);
    expect_response(w, "POST", "/publish?%", "data=x", 400);
    world_header(w, "Content-Type", "application/json");
    expect_response(w, "POST", "/publish", "{}", 400);
    world_expect(w, "data: missing");
    world_header(w, "Content-Type", "application/x-ndjson");
    expect_response(w, "POST", "/publish", "\n \n", 400);
    expect_response(w, "POST", "/publish?topic=a&id=k3f9x2-1", "x", 400);
    buf_init(&lines, 100000);
    for (int i = 0; i <= PUBLISH_BATCH_MAX; i++)
        buf_str(&lines, "{}\n");
    buf_char(&lines, '\0');
    world_header(w, "Content-Type", "application/x-ndjson");
    expect_response(w, "POST", "/publish", lines.data, 413);
    buf_clear(&lines);
}

/* More than the core accepts: nothing is stored, and the response is immediate. */
static void test_not_taken(void **state)
{
    struct world *w = *state;
    struct buf body;

    w->config.data_max = 4 << 20;
    buf_init(&body, 4 << 20);
    memset(buf_reserve(&body, 2 << 20), 'x', 2 << 20);
    body.size = 2 << 20;
    buf_char(&body, '\0');
    expect_response(w, "POST", "/publish?topic=a", body.data, 413);
    buf_clear(&body);
}

/* The client disconnects: the core forgets the request, but the record is published. */
static void test_client_gone(void **state)
{
    struct world *w = *state;

    publish_waits(w, FORM, "/publish", "message=hi");
    publish_request_destroy(w->x.publish_request);
    w->x.publish_request = NULL;
    echo(w, 1, 1);
    assert_int_equal(w->f->answered_count, 0);
}

/* ---- options of a publish ---- */

static void test_ephemeral(void **state)
{
    struct world *w = *state;

    world_header(w, "Content-Type", FORM);
    if (world_ask(w, "POST", "/publish", "data=x&ephemeral=1") == EXCHANGE_WAITS) {
        fixture_drain(w->f);
        publish_ends(w);
    }
    world_expect_status(w, 200);
    world_expect(w, "\r\n\r\n{\"id\":null,\"ephemeral\":true}\n");
}

static void test_if_last(void **state)
{
    struct world *w = *state;

    publish_waits(w, FORM, "/publish", "data=x&if_last=k3f9x2-2");
    outcome(w, 1, ERR_CONFLICT, 3);
    world_expect_status(w, 409);
    world_expect(w, "\"type\":\"/problems/conflict\"");
    world_expect(w, "\"field\":\"if_last\",\"last\":\"k3f9x2-3\"}");
    publish_waits(w, FORM, "/publish", "data=x&if_last=k3f9x2-2");
    outcome(w, 2, ERR_CONFLICT, 0);
    world_expect(w, "\"last\":\"\"}");
    world_header(w, "Content-Type", FORM);
    expect_response(w, "POST", "/publish", "data=x&if_last=zzz-2", 409);
    world_expect(w, "\"last\":null}");
}

static void test_own_id(void **state)
{
    struct world *w = *state;

    world_header(w, "Content-Type", FORM);
    expect_response(w, "POST", "/publish", "data=x&id=k3f9x2-9", 400);
    world_expect(w, "\"field\":\"id\"");
    publish_waits(w, FORM, "/publish", "data=x&id=order-9");
    echo(w, 1, 1);
    publish_ends(w);
    world_expect_status(w, 200);
}

#define NDJSON "application/x-ndjson"

static void test_atomic(void **state)
{
    struct world *w = *state;

    publish_waits(w, NDJSON, "/publish?atomic=1", "{\"data\":1}\n{\"data\":2}\n");
    echo(w, 1, 2);
    publish_ends(w);
    world_expect_status(w, 200);
    world_expect(w, "\r\n\r\n{\"id\":\"k3f9x2-4\",\"offset\":4,\"duplicate\":false}\n"
                    "{\"id\":\"k3f9x2-5\",\"offset\":5,\"duplicate\":false}\n");
    world_header(w, "Content-Type", NDJSON);
    expect_response(w, "POST", "/publish?atomic=1", "{\"data\":1}\n{\"data\":2,\"ttl\":-1}\n", 400);
    world_expect(w, "\"field\":\"ttl\",\"record\":2}");
    world_header(w, "Content-Type", NDJSON);
    expect_response(w, "POST", "/publish?atomic=1", "{\"data\":1,\"ephemeral\":true}", 400);
    world_expect(w, "\"record\":1}");
    fixture_drain(w->f);
    assert_int_equal(w->f->answered_count, 0);
}

/* ---- tokens ---- */

/* The token "ann" may publish to "a" and subscribe to "b"; other tokens are not valid. */
static enum token_error check_token(void *context, uint64_t unix_ms, struct slice token,
                                    struct grants **out, char detail[TOKEN_DETAIL_SIZE])
{
    struct slice none = {NULL, 0};

    (void)context;
    (void)unix_ms;
    if (!slice_equal(token, SLICE("ann"))) {
        (void)snprintf(detail, TOKEN_DETAIL_SIZE, "not Ann");
        return TOKEN_SIGNATURE;
    }
    *out = grants_create((struct slice){0});
    assert_int_equal(grants_add(*out, GRANT_PUBLISH, GRANT_EXACT, SLICE("a"), none), OK);
    assert_int_equal(grants_add(*out, GRANT_SUBSCRIBE, GRANT_EXACT, SLICE("b"), none), OK);
    assert_int_equal(grants_copy_text(*out, SLICE("ann"), &(*out)->subject), OK);
    (*out)->exp_ms = GRANTS_FOREVER;
    return TOKEN_OK;
}

static void test_unauthorized(void **state)
{
    struct world *w = *state;

    w->context.access.verify = check_token;
    expect_response(w, "POST", "/publish?topic=a", "x", 401);
    world_expect(w, "WWW-Authenticate: Bearer\r\n");
    expect_response(w, "GET", "/subscribe?topic=b", "", 401);
    expect_response(w, "HEAD", "/history?topic=b", "", 401);
    world_header(w, "Authorization", "Bearer bob");
    expect_response(w, "GET", "/presence?topic=b", "", 401);
    world_expect(w, "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n");
    world_expect(w, "\"detail\":\"token: not Ann\",\"field\":\"token\"}");
    expect_response(w, "OPTIONS", "/publish", "", 204);
    expect_response(w, "GET", "/", "", 200);
}

static void test_granted(void **state)
{
    struct world *w = *state;

    w->context.access.verify = check_token;
    world_header(w, "Authorization", "Bearer ann");
    assert_int_equal(world_ask(w, "POST", "/publish?topic=a", "x"), EXCHANGE_WAITS);
    publish_request_destroy(w->x.publish_request);
    w->x.publish_request = NULL;
    world_header(w, "Authorization", "Bearer ann");
    expect_response(w, "POST", "/publish?topic=a&topic=b", "x", 403);
    world_expect(w, "\"type\":\"/problems/denied\"");
    world_header(w, "Authorization", "Bearer ann");
    expect_response(w, "GET", "/topics", "", 403);
    world_header(w, "Authorization", "Bearer ann");
    expect_response(w, "GET", "/presence?topic=a", "", 403);
    world_header(w, "Authorization", "Bearer ann");
    assert_int_equal(world_ask(w, "GET", "/presence?topic=b", ""), EXCHANGE_WAITS);
    assert_ptr_equal(w->x.pending->owner, &w->client);
    pending_query_destroy(w->x.pending);
    w->x.pending = NULL;
    assert_int_equal(world_ask(w, "GET", "/subscribe?topic=a&authorization=ann", ""),
                     EXCHANGE_STREAM);
    edge_unsubscribe(w->f->e, w->x.stream);
}

static void test_cors_headers(void **state)
{
    struct world *w = *state;

    w->config.access.cors_origins = "https://app";
    world_header(w, "Origin", "https://app");
    expect_response(w, "POST", "/publish", "x", 415);
    world_expect(w, "Access-Control-Allow-Origin: https://app\r\n");
    world_header(w, "Origin", "https://app");
    assert_int_equal(world_ask(w, "GET", "/subscribe?topic=a", ""), EXCHANGE_STREAM);
    world_expect(w, "Access-Control-Allow-Credentials: true\r\nAccess-Control-Expose-Headers: ");
    edge_unsubscribe(w->f->e, w->x.stream);
    world_header(w, "Origin", "https://app");
    world_header(w, "Access-Control-Request-Method", "POST");
    expect_response(w, "OPTIONS", "/publish", "", 204);
    world_expect(w, "Access-Control-Allow-Methods: POST, OPTIONS\r\n");
}

/* ---- limits ---- */

static void test_limits(void **state)
{
    const struct limits_config limits = {
        .address_streams = 1, .publish_rate = 1, .publish_burst = 1};
    struct world *w = *state;
    struct stream *stream;
    struct limits_lease *lease;

    assert_int_equal(limits_create(&limits, &w->f->config.hash_key, &w->context.limits), OK);
    assert_int_equal(world_ask(w, "GET", "/subscribe?topic=a", ""), EXCHANGE_STREAM);
    stream = w->x.stream;
    lease = w->x.lease;
    assert_non_null(lease);
    assert_int_equal(world_ask(w, "GET", "/subscribe?topic=a", ""), EXCHANGE_RESPONDED);
    expect_stream_head(w);
    assert_in_range(retry_of(w), 1000, 5000);
    publish_waits(w, FORM, "/publish", "data=x");
    echo(w, 1, 1);
    publish_ends(w);
    world_header(w, "Content-Type", FORM);
    expect_response(w, "POST", "/publish", "data=x", 429);
    world_expect(w, "Retry-After: 2\r\n");
    world_expect(w, "\"type\":\"/problems/rate\"");
    edge_unsubscribe(w->f->e, stream);
    limits_release(w->context.limits, lease);
}

/* ---- pages and queries ---- */

static void test_bad_queries(void **state)
{
    struct world *w = *state;

    expect_response(w, "GET", "/history?topic=", "", 400);
    expect_response(w, "GET", "/history?topic=a&limit=0", "", 400);
    expect_response(w, "GET", "/history?topic=a&before=7", "", 400);
    world_expect(w, "\"field\":\"before\"");
    expect_response(w, "GET", "/history?topic=a&after=zzz-7", "", 410);
    expect_response(w, "GET", "/history?%", "", 400);
    expect_response(w, "GET", "/topics?limit=1001", "", 400);
    expect_response(w, "GET", "/presence", "", 400);
    expect_response(w, "GET", "/presence?topic=*", "", 400);
    expect_response(w, "POST", "/subscriptions/x", "{}", 404);
    expect_response(w, "POST", "/history", "", 405);
}

static void test_replies(void **state)
{
    struct edge_action action = {.type = EDGE_REPLY};
    struct world *w = *state;

    assert_int_equal(world_ask(w, "GET", "/topics", ""), EXCHANGE_WAITS);
    action.reply.text = SLICE("{\"topics\":[]}");
    assert_int_equal(world_reply(w, &action), EXCHANGE_RESPONDED);
    world_expect_status(w, 200);
    world_expect(w, "\r\n\r\n{\"topics\":[]}");
    assert_int_equal(world_ask(w, "GET", "/topics", ""), EXCHANGE_WAITS);
    action.reply.result = ERR_TIMEOUT;
    assert_int_equal(world_reply(w, &action), EXCHANGE_RESPONDED);
    world_expect_status(w, 503);
    world_expect(w, "Retry-After: 1\r\n");
}

static void test_page(void **state)
{
    struct edge_action action = {.type = EDGE_PAGE, .page = {.next = 3, .oldest = 1, .head = 3}};
    struct world *w = *state;

    assert_int_equal(world_ask(w, "GET", "/history?topic=a&limit=2", ""), EXCHANGE_WAITS);
    action.page.epoch = w->f->epoch;
    action.page.entry_count = fixture_entries(w->f, 2, 3, NULL);
    action.page.entries = w->f->entries;
    assert_int_equal(world_reply(w, &action), EXCHANGE_RESPONDED);
    world_expect_status(w, 200);
    world_expect(w, "{\"records\":[{\"id\":\"k3f9x2-2\",\"offset\":2,\"time\":2,\"topics\":[\"b\"],"
                    "\"data\":\"r2\"},{\"id\":\"k3f9x2-3\"");
    world_expect(w, "],\"before\":\"k3f9x2-2\",\"after\":\"k3f9x2-3\",\"oldest\":\"k3f9x2-1\","
                    "\"head\":\"k3f9x2-3\"}\n");
}

/* A publisher's id: the broker is asked for its offset, then the stream opens there. */
static void test_found(void **state)
{
    struct edge_action action = {.type = EDGE_REPLY, .reply.text = SLICE("{\"offset\":2}")};
    struct world *w = *state;

    assert_int_equal(world_ask(w, "GET", "/subscribe?topic=a&last_event_id=mine", ""),
                     EXCHANGE_WAITS);
    assert_int_equal(world_reply(w, &action), EXCHANGE_STREAM);
    edge_writable(w->f->e, w->x.stream);
    fixture_drain(w->f);
    fixture_got(&w->client, "id: k3f9x2-3\ndata: r3\n\n");
    edge_unsubscribe(w->f->e, w->x.stream);
    /* The id is unknown: the stream gets a gap. */
    assert_int_equal(world_ask(w, "GET", "/subscribe?topic=a&last_event_id=mine", ""),
                     EXCHANGE_WAITS);
    action.reply.text = SLICE("{\"offset\":0}");
    assert_int_equal(world_reply(w, &action), EXCHANGE_STREAM);
    edge_unsubscribe(w->f->e, w->x.stream);
    /* The broker does not reply: the client retries with its id. */
    assert_int_equal(world_ask(w, "GET", "/subscribe?topic=a&last_event_id=mine", ""),
                     EXCHANGE_WAITS);
    action.reply.result = ERR_TIMEOUT;
    assert_int_equal(world_reply(w, &action), EXCHANGE_RESPONDED);
    assert_in_range(retry_of(w), 1000, 5000);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_simple_responses),
        CASE(test_files),
        CASE(test_streams),
        CASE(test_stream_refusals),
        CASE(test_turned_away),
        CASE(test_wants_body),
        CASE(test_refuse),
        CASE(test_publish),
        CASE(test_outcomes),
        CASE(test_deadline),
        CASE(test_batch),
        CASE(test_bad_bodies),
        CASE(test_not_taken),
        CASE(test_client_gone),
        CASE(test_ephemeral),
        CASE(test_if_last),
        CASE(test_own_id),
        CASE(test_atomic),
        CASE(test_unauthorized),
        CASE(test_granted),
        CASE(test_cors_headers),
        CASE(test_limits),
        CASE(test_bad_queries),
        CASE(test_replies),
        CASE(test_page),
        CASE(test_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
