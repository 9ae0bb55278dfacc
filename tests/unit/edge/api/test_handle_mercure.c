/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/api_call.h"

#include "edge/api/exchange.h"
#include "edge/mercure/mercure.h"

#include "tests/unit/edge/api/exchange_fixture.h"

#define FORM "application/x-www-form-urlencoded"

static int setup(void **state)
{
    *state = world_open(fixture_open(), 3);
    return 0;
}

static enum exchange_result ask(struct world *w, const char *method, const char *target,
                                const char *body)
{
    world_header(w, "Content-Type", FORM);
    return world_ask(w, method, target, body);
}

/* Passes on the outcome of the publish and writes the response. */
static void answer(struct world *w)
{
    assert_int_equal(w->f->answered_count, 1);
    assert_ptr_equal(publish_request_outcome(w->f->answered[0].request, w->f->answered[0].result,
                                             w->f->epoch, w->f->answered[0].offset),
                     w->x.publish_request);
    w->f->answered_count = 0;
    world_published(w);
}

/* The publish number `seq` of this edge comes back in the log. */
static void echo(struct world *w, uint64_t seq)
{
    fixture_drain(w->f);
    w->f->origin = w->f->config.incarnation;
    w->f->first_seq = seq;
    fixture_batch(w->f, w->f->head + 1, w->f->head + 1);
    answer(w);
}

/* The broker did not store the record, or already had it. */
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
    world_expect(w, "HTTP/1.1 200 ");
    world_expect(w, "Content-Type: text/plain; charset=utf-8\r\n");
    world_expect(w, "Content-Length: 5\r\n");
    world_expect(w, "\r\n\r\nurn:1");
    assert_int_equal(ask(w, "POST", "/hub", "topic=a&data=x&id=urn:1"), EXCHANGE_WAITS);
    outcome(w, 2, ERR_DUPLICATE, 4);
    world_expect(w, "\r\n\r\nurn:1");
    assert_int_equal(ask(w, "POST", MERCURE_PATH, "topic=a&data=x"), EXCHANGE_WAITS);
    echo(w, 3);
    world_expect(w, "\r\n\r\nk3f9x2-5");
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        assert_int_equal(ask(w, "POST", MERCURE_PATH, "topic=a&data=x"), EXCHANGE_WAITS);
        outcome(w, 4 + i, failures[i].code, 0);
        world_expect(w, failures[i].status);
        world_expect(w, "Content-Type: text/plain; charset=utf-8\r\n");
        assert_int_equal(w->out.data[w->out.size - 2], '\n');
    }
}

static void test_not_taken(void **state)
{
    struct world *w = *state;

    assert_int_equal(ask(w, "POST", MERCURE_PATH, "topic=a&id=k3f9x2-1"), EXCHANGE_RESPONDED);
    world_expect(w, "HTTP/1.1 400 ");
    world_expect(w, "\r\n\r\nid: ");
    assert_true(w->x.keep_alive);
}

/* Opens the stream and compares what the core sends to it. */
static void subscribe(struct world *w, const char *target, const char *header, const char *expected)
{
    assert_int_equal(ask(w, "GET", target, ""), EXCHANGE_STREAM);
    world_expect(w, "HTTP/1.1 200 ");
    assert_int_equal(strstr(w->out.data, "Last-Event-ID: ") != NULL, header != NULL);
    if (header != NULL)
        world_expect(w, header);
    world_expect(w, "\r\n\r\n:\nretry: ");
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
        struct edge_action action = {.type = EDGE_REPLY};
        enum exchange_result result;

        assert_int_equal(ask(w, "GET", MERCURE_PATH "?topic=a&lastEventID=urn:2", ""),
                         EXCHANGE_WAITS);
        fixture_drain(w->f);
        action.reply.result = cases[i].result;
        action.reply.text = slice_str(cases[i].answer);
        result = world_reply(w, &action);
        assert_int_equal(result, cases[i].header == NULL ? EXCHANGE_RESPONDED : EXCHANGE_STREAM);
        world_expect(w, "HTTP/1.1 200 ");
        world_expect(w, cases[i].header == NULL ? "\r\n\r\n:\nretry: " : cases[i].header);
        if (result == EXCHANGE_STREAM)
            edge_unsubscribe(w->f->e, w->x.stream);
    }
}

/* EventSource would not reconnect after a 503. */
static void test_turned_away(void **state)
{
    struct world *w = *state;

    edge_drain(w->f->e);
    assert_int_equal(ask(w, "GET", MERCURE_PATH "?topic=a", ""), EXCHANGE_RESPONDED);
    world_expect(w, "HTTP/1.1 200 ");
    world_expect(w, "Content-Type: text/event-stream\r\n");
    world_expect(w, "\r\n\r\n:\nretry: ");
    assert_false(w->x.keep_alive);
}

static void test_head(void **state)
{
    struct world *w = *state;

    assert_int_equal(ask(w, "HEAD", MERCURE_PATH "?topic=a", ""), EXCHANGE_RESPONDED);
    world_expect(w, "HTTP/1.1 200 ");
    assert_string_equal(w->out.data + strlen(w->out.data) - 4, "\r\n\r\n");
    assert_int_equal(ask(w, "GET", MERCURE_METADATA_PATH, ""), EXCHANGE_RESPONDED);
    world_expect(w, "HTTP/1.1 400 "); /* no Host */
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_publish), CASE(test_not_taken),   CASE(test_streams),
        CASE(test_find),    CASE(test_turned_away), CASE(test_head),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
