/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/answer.h"

#include "edge/api/exchange.h"
#include "edge/mercure/mercure.h"

#include "tests/unit/edge/core/edge_fixture.h"

#define FORM "application/x-www-form-urlencoded"

/* One request against a core, and what came of it. */
struct world {
    struct fixture *f;
    struct exchange_config config;
    struct exchange_context context;
    struct exchange_now now;
    struct http_message message;
    struct http_header headers[2];
    struct buf out;
    struct exchange x;
    struct client client; /* the owner of streams */
};

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    w->f = fixture_open();
    fixture_join(w->f, 3);
    w->config = (struct exchange_config){
        .data_max = 100,
        .retry_ms = 2000,
        .stream_topics = 3,
        .access = {.cookie_name = "token", .cors_origins = "", .publish_origins = ""},
    };
    w->context = (struct exchange_context){
        .config = &w->config, .edge = w->f->e, .access = {.config = &w->config.access}};
    w->now = (struct exchange_now){.ms = w->f->now, .random = 12345};
    buf_init(&w->out, 1 << 20);
    buf_init(&w->client.got, 1 << 20);
    w->client.room = SIZE_MAX;
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    publishing_destroy(w->x.publishing);
    asking_destroy(w->x.asking);
    buf_clear(&w->out);
    buf_clear(&w->client.got);
    fixture_close(w->f);
    free(w);
    return 0;
}

static enum exchange_result ask(struct world *w, const char *method, const char *target,
                                const char *body)
{
    enum exchange_result result;

    buf_reset(&w->out);
    w->headers[0] = (struct http_header){SLICE("Content-Type"), SLICE(FORM)};
    w->message = (struct http_message){.method = slice_str(method),
                                       .target = slice_str(target),
                                       .minor = 1,
                                       .headers = w->headers,
                                       .header_count = 1,
                                       .body = slice_str(body)};
    w->x = (struct exchange){
        .message = &w->message, .owner = &w->client, .out = &w->out, .keep_alive = true};
    result = exchange_start(&w->context, &w->now, &w->x);
    buf_char(&w->out, '\0');
    return result;
}

static void expect_text(struct world *w, const char *text)
{
    if (strstr(w->out.data, text) == NULL)
        print_error("no \"%s\" in: %s\n", text, w->out.data);
    assert_non_null(strstr(w->out.data, text));
}

/* The core has said what became of the publish: the response. */
static void answer(struct world *w)
{
    assert_int_equal(w->f->answered_count, 1);
    assert_ptr_equal(publishing_outcome(w->f->answered[0].request, w->f->answered[0].result,
                                        w->f->epoch, w->f->answered[0].offset),
                     w->x.publishing);
    w->f->answered_count = 0;
    buf_reset(&w->out);
    exchange_published(&w->context, &w->now, &w->x);
    buf_char(&w->out, '\0');
    publishing_destroy(w->x.publishing);
    w->x.publishing = NULL;
}

/* Our publish number `seq` comes back in the log. */
static void echo(struct world *w, uint64_t seq)
{
    fixture_drain(w->f);
    w->f->origin = w->f->config.incarnation;
    w->f->first_seq = seq;
    fixture_batch(w->f, w->f->head + 1, w->f->head + 1);
    answer(w);
}

/* The broker did not store it, or had it already. */
static void outcome(struct world *w, uint64_t seq, enum err code, uint64_t offset)
{
    struct wire_seq_outcome item = {seq, code, offset};
    struct wire_frame frame = {.type = WIRE_OUTCOME};

    fixture_drain(w->f);
    frame.outcome.epoch = w->f->epoch;
    frame.outcome.term = w->f->term;
    frame.outcome.incarnation = w->f->config.incarnation;
    frame.outcome.outcomes = &item;
    frame.outcome.count = 1;
    fixture_receive(w->f, &frame);
    answer(w);
}

static void test_publish(void **state)
{
    static const struct {
        enum err code;
        const char *status;
    } failures[] = {
        {ERR_FULL, "HTTP/1.1 507 "},
        {ERR_IO, "HTTP/1.1 503 "},
        {ERR_CORRUPT, "HTTP/1.1 500 "},
    };
    struct world *w = *state;

    assert_int_equal(ask(w, "POST", MERCURE_PATH, "topic=a&data=x&id=urn:1"), EXCHANGE_WAITS);
    echo(w, 1);
    expect_text(w, "HTTP/1.1 200 ");
    expect_text(w, "Content-Type: text/plain; charset=utf-8\r\n");
    expect_text(w, "Content-Length: 5\r\n");
    expect_text(w, "\r\n\r\nurn:1");
    assert_int_equal(ask(w, "POST", "/hub", "topic=a&data=x&id=urn:1"), EXCHANGE_WAITS);
    outcome(w, 2, ERR_DUPLICATE, 4);
    expect_text(w, "\r\n\r\nurn:1");
    assert_int_equal(ask(w, "POST", MERCURE_PATH, "topic=a&data=x"), EXCHANGE_WAITS);
    echo(w, 3);
    expect_text(w, "\r\n\r\nk3f9x2-5");
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        assert_int_equal(ask(w, "POST", MERCURE_PATH, "topic=a&data=x"), EXCHANGE_WAITS);
        outcome(w, 4 + i, failures[i].code, 0);
        expect_text(w, failures[i].status);
        expect_text(w, "Content-Type: text/plain; charset=utf-8\r\n");
        assert_int_equal(w->out.data[w->out.size - 2], '\n');
    }
}

static void test_not_taken(void **state)
{
    struct world *w = *state;

    assert_int_equal(ask(w, "POST", MERCURE_PATH, "topic=a&id=k3f9x2-1"), EXCHANGE_ANSWERED);
    expect_text(w, "HTTP/1.1 400 ");
    expect_text(w, "\r\n\r\nid: ");
    assert_true(w->x.keep_alive);
}

/* Opens the stream, and gives what it gets from the core. */
static void subscribe(struct world *w, const char *target, const char *header, const char *expected)
{
    assert_int_equal(ask(w, "GET", target, ""), EXCHANGE_STREAM);
    expect_text(w, "HTTP/1.1 200 ");
    assert_int_equal(strstr(w->out.data, "Last-Event-ID: ") != NULL, header != NULL);
    if (header != NULL)
        expect_text(w, header);
    expect_text(w, "\r\n\r\n:\nretry: ");
    edge_writable(w->f->e, w->x.stream);
    fixture_drain(w->f);
    fixture_got(&w->client, expected);
    edge_unsubscribe(w->f->e, w->x.stream);
}

static void test_streams(void **state)
{
    struct world *w = *state;

    subscribe(w, MERCURE_PATH "?topic=a", NULL, "id: k3f9x2-3\n\n");
    subscribe(w, "/hub?topic=a&lastEventID=k3f9x2-1", "\r\nMercure-Last-Event-ID: k3f9x2-1\r\n",
              "id: k3f9x2-3\ndata: r3\n\n");
    subscribe(w, MERCURE_PATH "?match=a&last_event_id=earliest", "\r\nLast-Event-ID: earliest\r\n",
              "id: k3f9x2-1\ndata: r1\n\nid: k3f9x2-3\ndata: r3\n\n");
    subscribe(w, MERCURE_PATH "?match=a&last_event_id=", "\r\nLast-Event-ID: k3f9x2-3\r\n",
              "id: k3f9x2-3\n\n");
}

static void test_find(void **state)
{
    static const struct {
        enum err result;
        const char *answer;
        const char *header;
    } cases[] = {
        {OK, "{\"offset\":2}", "\r\nLast-Event-ID: urn:2\r\n"},
        {ERR_NOT_FOUND, "unknown", "\r\nLast-Event-ID: earliest\r\n"},
        {ERR_TIMEOUT, "too late", NULL},
    };
    struct world *w = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct edge_action action = {.type = EDGE_ANSWERED};
        struct asking *asking;
        enum exchange_result result;

        assert_int_equal(ask(w, "GET", MERCURE_PATH "?topic=a&lastEventID=urn:2", ""),
                         EXCHANGE_WAITS);
        asking = w->x.asking;
        fixture_drain(w->f);
        buf_reset(&w->out);
        action.result = cases[i].result;
        action.answer = slice_str(cases[i].answer);
        result = exchange_answered(&w->context, &w->now, &w->x, &action);
        buf_char(&w->out, '\0');
        assert_int_equal(result, cases[i].header == NULL ? EXCHANGE_ANSWERED : EXCHANGE_STREAM);
        expect_text(w, "HTTP/1.1 200 ");
        expect_text(w, cases[i].header == NULL ? "\r\n\r\n:\nretry: " : cases[i].header);
        if (result == EXCHANGE_STREAM)
            edge_unsubscribe(w->f->e, w->x.stream);
        asking_destroy(asking);
        w->x.asking = NULL;
    }
}

/* EventSource would never come back after a 503. */
static void test_turned_away(void **state)
{
    struct world *w = *state;

    edge_drain(w->f->e);
    assert_int_equal(ask(w, "GET", MERCURE_PATH "?topic=a", ""), EXCHANGE_ANSWERED);
    expect_text(w, "HTTP/1.1 200 ");
    expect_text(w, "Content-Type: text/event-stream\r\n");
    expect_text(w, "\r\n\r\n:\nretry: ");
    assert_false(w->x.keep_alive);
}

static void test_head(void **state)
{
    struct world *w = *state;

    assert_int_equal(ask(w, "HEAD", MERCURE_PATH "?topic=a", ""), EXCHANGE_ANSWERED);
    expect_text(w, "HTTP/1.1 200 ");
    assert_string_equal(w->out.data + strlen(w->out.data) - 4, "\r\n\r\n");
    assert_int_equal(ask(w, "GET", MERCURE_METADATA_PATH, ""), EXCHANGE_ANSWERED);
    expect_text(w, "HTTP/1.1 400 "); /* no Host */
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_publish), CASE(test_not_taken),   CASE(test_streams),
        CASE(test_find),    CASE(test_turned_away), CASE(test_head),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
