/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Runs only the hot paths of the cores, to count instructions (test_instructions.py uses
 * callgrind):
 *
 *   bench_instructions fanout|subscribe|publish|post|ndjson|broker COUNT
 *
 * fanout     COUNT batches of one record are broadcast to STREAMS streams of one topic
 * subscribe  COUNT streams are opened and closed
 * publish    COUNT publishes go through an edge's core and come back in the log
 * post       the same, from HTTP request to response
 * ndjson     the same, with BATCH records per request
 * broker     COUNT publishes of one edge go through a broker
 *
 * A batch has WINDOW publishes. Frames are encoded and decoded like in the shells. Every run is
 * identical. */

#include "broker/core/broker.h"
#include "common/http/http_parser.h"
#include "edge/api/exchange.h"
#include "edge/core/edge.h"
#include "edge/publish/publish_body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STREAMS 1000
#define WINDOW 16
#define BATCH 100
#define BATCH_MAX 100
#define DATA_SIZE 200
#define INCARNATION 7

/* The state of the simulated shells and of the rest of the system. */
struct world {
    struct edge *edge;
    struct broker *broker;
    struct epoch epoch;
    uint64_t now;
    uint64_t head;
    uint64_t published; /* number of the edge's last publish */
    struct buf frame;   /* as received from the bus */
    struct wire_decoder *decoder;
    struct batch *writing;
    uint64_t request; /* number of the edge's last HELLO or READ */
    uint64_t answered;
    uint64_t delivered;
    uint64_t broadcast;
    char data[DATA_SIZE];

    struct exchange_config config;
    struct exchange_context exchange;
    struct exchange exchanges[WINDOW]; /* requests that wait for their outcome */
    struct http_parser *http[WINDOW];  /* their parsers, one per connection */
    struct buf response;
};

static void require(bool condition, const char *what)
{
    if (condition)
        return;
    (void)fprintf(stderr, "bench_instructions: %s\n", what);
    exit(1);
}

static struct record record_of(const struct world *w, uint64_t seq)
{
    static const struct slice topic = SLICE_INIT("room/1");

    return (struct record){.origin = INCARNATION,
                           .seq = seq,
                           .topic_count = 1,
                           .topics = &topic,
                           .data = slice_of(w->data, sizeof w->data)};
}

/* ---- the edge ---- */

static struct exchange_now moment(const struct world *w)
{
    return (struct exchange_now){
        .ms = w->now, .unix_ms = 1700000000000, .date = "Fri, 20 Nov 2026 10:00:00 GMT"};
}

/* Responds to the request of a publish whose outcome is known. */
static void http_published(struct world *w, const struct edge_published_action *a)
{
    struct publish_request *p = publish_request_outcome(a->request, a->result, a->epoch, a->offset);
    struct exchange_now now = moment(w);
    size_t i = 0;

    if (!publish_request_done(p))
        return;
    while (w->exchanges[i].publish_request != p)
        i++;
    exchange_published(&w->exchange, &now, &w->exchanges[i]);
    require(memcmp(w->response.data, "HTTP/1.1 200", 12) == 0, "a publish was refused");
    publish_request_destroy(p);
    w->exchanges[i].publish_request = NULL;
    http_parser_next(w->http[i]);
    buf_reset(&w->response);
}

static void edge_act(struct world *w)
{
    struct edge_action a;

    while (edge_next(w->edge, &a)) {
        if (a.type == EDGE_WRITE) {
            w->delivered++;
            edge_wrote(w->edge, w->now, a.write.stream, a.write.bytes);
        } else if (a.type == EDGE_SEND) {
            buf_reset(&w->frame);
            wire_encode(&w->frame, &a.send.frame);
            if (a.send.frame.type == WIRE_HELLO)
                w->request = a.send.frame.hello.request;
        } else if (a.type == EDGE_PUBLISHED) {
            require(a.published.result == OK, "a publish failed");
            w->answered++;
            if (w->http[0] != NULL)
                http_published(w, &a.published);
        }
    }
}

static void edge_receive(struct world *w, const struct wire_frame *frame)
{
    struct wire_frame decoded;

    buf_reset(&w->frame);
    wire_encode(&w->frame, frame);
    require(wire_decode(w->decoder, buf_all(&w->frame), &decoded) == OK, "a frame is malformed");
    edge_received(w->edge, w->now, &decoded);
    edge_act(w);
}

static void edge_beacon(struct world *w)
{
    const struct wire_edge_progress progress = {INCARNATION, w->published, w->published};
    struct wire_frame f = {.type = WIRE_BEACON};

    f.beacon.epoch = w->epoch;
    f.beacon.term = 1;
    f.beacon.head = w->head;
    f.beacon.oldest = 1;
    f.beacon.edges = &progress;
    f.beacon.edge_count = 1;
    edge_receive(w, &f);
}

static void edge_start(struct world *w)
{
    struct wire_frame f = {.type = WIRE_WELCOME};
    struct edge_config config;
    const char *why = "";

    edge_config_init(&config);
    config.incarnation = INCARNATION;
    config.name = config.address = "edge";
    config.software = "bench";
    w->edge = edge_create(&config, w->now);
    edge_act(w);
    f.welcome.request = w->request;
    f.welcome.epoch = w->epoch;
    f.welcome.term = 1;
    f.welcome.oldest = 1;
    edge_receive(w, &f);
    edge_beacon(w);
    edge_beacon(w);
    require(edge_ready(w->edge, &why), why);
}

/* Delivers `count` records to the edge in one broadcast. */
static void edge_batch(struct world *w, uint64_t first_seq, size_t count)
{
    struct wire_frame f = {.type = WIRE_BATCH};
    struct entry entries[BATCH_MAX];
    size_t ends[BATCH_MAX];
    struct buf bodies;

    buf_init(&bodies, 1u << 20);
    for (size_t i = 0; i < count; i++) {
        struct record record = record_of(w, first_seq + i);

        wire_encode_body(&bodies, &record);
        ends[i] = bodies.size;
    }
    for (size_t i = 0; i < count; i++) {
        size_t begin = i == 0 ? 0 : ends[i - 1];

        entries[i].offset = ++w->head;
        entries[i].time_ms = 1700000000000;
        entries[i].body = slice_of(bodies.data + begin, ends[i] - begin);
    }
    f.batch.epoch = w->epoch;
    f.batch.term = 1;
    f.batch.entries = entries;
    f.batch.count = count;
    edge_receive(w, &f);
    buf_clear(&bodies);
}

static struct stream *edge_open(struct world *w, char *owner)
{
    static const struct slice selector = SLICE_INIT("room/1");
    const struct subscribe spec = {.selectors = &selector, .selector_count = 1};
    struct stream *stream = NULL;

    require(edge_subscribe(w->edge, w->now, &spec, owner, &stream) == OK, "subscribing failed");
    edge_writable(w->edge, stream);
    edge_act(w);
    return stream;
}

static void run_fanout(struct world *w, uint64_t count)
{
    static char owners[STREAMS];

    edge_start(w);
    for (size_t i = 0; i < STREAMS; i++)
        (void)edge_open(w, &owners[i]);
    for (uint64_t i = 0; i < count; i++)
        edge_batch(w, 0, 1);
    require(w->delivered >= count * STREAMS, "deliveries are missing");
}

static void run_subscribe(struct world *w, uint64_t count)
{
    static char owner;

    edge_start(w);
    for (uint64_t i = 0; i < count; i++)
        edge_unsubscribe(w->edge, edge_open(w, &owner));
    edge_act(w);
}

static void run_publish(struct world *w, uint64_t count)
{
    static char requests[WINDOW];

    edge_start(w);
    for (uint64_t i = 0; i < count; i += WINDOW) {
        for (size_t n = 0; n < WINDOW; n++) {
            struct record record = record_of(w, 0);

            require(edge_publish(w->edge, w->now, &record, &requests[n]) == OK, "not taken");
        }
        edge_act(w);
        /* The probe that the edge sends at its start has no number. */
        edge_batch(w, w->published + 1, WINDOW);
        w->published += WINDOW;
    }
    require(w->answered >= count, "responses are missing");
}

/* Handles a complete request that arrives at a connection. */
static void http_arrive(struct world *w, size_t connection, struct slice bytes)
{
    struct exchange_now now = moment(w);
    struct exchange *x = &w->exchanges[connection];
    enum http_event event = HTTP_EVENT_HEAD;

    while (event == HTTP_EVENT_HEAD) {
        size_t used = 0;

        event = http_parser_feed(w->http[connection], bytes, &used);
        bytes = slice_of(bytes.data + used, bytes.size - used);
    }
    require(event == HTTP_EVENT_DONE, "a request is not complete");
    *x = (struct exchange){.message = http_parser_message(w->http[connection]),
                           .owner = x,
                           .out = &w->response,
                           .keep_alive = true};
    require(exchange_start(&w->exchange, &now, x) == EXCHANGE_WAITS, "a request was refused");
}

static void http_request(struct buf *request, const char *type, size_t size)
{
    buf_reset(request);
    buf_printf(
        request,
        "POST /publish?topic=room/1 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: bench\r\n"
        "Accept: */*\r\nContent-Type: %s\r\nContent-Length: %u\r\n\r\n",
        type, (unsigned)size);
}

static void http_start(struct world *w, const struct http_limits *limits)
{
    edge_start(w);
    buf_init(&w->response, 1u << 20);
    w->config = (struct exchange_config){
        .data_max = 1u << 20,
        .retry_ms = 2000,
        .stream_topics = 100,
        .access = {.cookie_name = "token", .cors_origins = "", .publish_origins = ""}};
    w->exchange = (struct exchange_context){
        .config = &w->config, .edge = w->edge, .access = {.config = &w->config.access}};
    for (size_t i = 0; i < WINDOW; i++)
        w->http[i] = http_parser_create(limits);
}

static void http_stop(struct world *w)
{
    for (size_t i = 0; i < WINDOW; i++)
        http_parser_destroy(w->http[i]);
    buf_clear(&w->response);
}

static void run_post(struct world *w, uint64_t count)
{
    struct http_limits limits;
    struct buf request;

    buf_init(&request, 1u << 20);
    http_limits_init(&limits);
    http_start(w, &limits);
    http_request(&request, "text/plain", sizeof w->data);
    buf_append(&request, w->data, sizeof w->data);
    for (uint64_t i = 0; i < count; i += WINDOW) {
        for (size_t n = 0; n < WINDOW; n++)
            http_arrive(w, n, buf_all(&request));
        edge_act(w);
        edge_batch(w, w->published + 1, WINDOW);
        w->published += WINDOW;
    }
    require(w->answered >= count, "responses are missing");
    http_stop(w);
    buf_clear(&request);
}

static void run_ndjson(struct world *w, uint64_t count)
{
    struct http_limits limits;
    struct buf request;
    struct buf body;

    buf_init(&request, 1u << 20);
    buf_init(&body, 1u << 20);
    http_limits_init(&limits);
    http_start(w, &limits);
    for (size_t i = 0; i < BATCH; i++)
        buf_printf(&body, "{\"topic\":\"room/1\",\"data\":\"%.*s\"}\n", (int)sizeof w->data,
                   w->data);
    http_request(&request, "application/x-ndjson", body.size);
    buf_append(&request, body.data, body.size);
    for (uint64_t i = 0; i < count; i += BATCH) {
        http_arrive(w, 0, buf_all(&request));
        edge_act(w);
        edge_batch(w, w->published + 1, BATCH);
        w->published += BATCH;
    }
    require(w->answered >= count, "responses are missing");
    http_stop(w);
    buf_clear(&request);
    buf_clear(&body);
}

/* ---- the broker ---- */

static void broker_act(struct world *w)
{
    struct broker_action a;

    while (broker_next(w->broker, &a)) {
        if (a.type == BROKER_APPEND) {
            w->writing = a.append.batch;
        } else if (a.type == BROKER_REPLY) {
            buf_reset(&w->frame);
            wire_encode(&w->frame, &a.reply.frame);
        } else if (a.type == BROKER_BROADCAST) {
            buf_reset(&w->frame);
            wire_encode(&w->frame, &a.broadcast.frame);
            if (a.broadcast.frame.type == WIRE_BATCH)
                w->broadcast += a.broadcast.frame.batch.count;
        }
    }
}

static void broker_publish(struct world *w)
{
    struct wire_frame f = {.type = WIRE_PUBLISH};
    struct wire_frame decoded;
    struct record record = record_of(w, w->published + 1);
    struct slice one;
    struct buf body;

    buf_init(&body, 1u << 20);
    wire_encode_body(&body, &record);
    one = buf_all(&body);
    f.publish.epoch = w->epoch;
    f.publish.incarnation = INCARNATION;
    f.publish.settled = w->published > WINDOW ? w->published - WINDOW : 0;
    f.publish.first_seq = ++w->published;
    f.publish.bodies = &one;
    f.publish.count = 1;
    buf_reset(&w->frame);
    wire_encode(&w->frame, &f);
    require(wire_decode(w->decoder, buf_all(&w->frame), &decoded) == OK, "a frame is malformed");
    broker_received(w->broker, w->now, 1700000000000, NULL, &decoded);
    buf_clear(&body);
}

static void broker_store(struct world *w, struct journal_state *journal)
{
    struct batch *batch = w->writing;

    w->writing = NULL;
    for (size_t i = 0; i < batch->count; i++) {
        batch->entries[i].result = OK;
        batch->entries[i].offset = ++journal->head;
    }
    batch->stored = batch->count;
    journal->records += batch->count;
    broker_appended(w->broker, w->now, batch, OK, journal, 100);
}

static void run_broker(struct world *w, uint64_t count)
{
    struct journal_state journal = {.leader = true, .epoch = w->epoch, .term = 1, .oldest = 1};
    struct broker_config config;

    broker_config_init(&config);
    config.software = "bench";
    w->broker = broker_create(&config, &journal, w->now, 1700000000000);
    broker_act(w);
    for (uint64_t i = 0; i < count; i += WINDOW) {
        for (size_t n = 0; n < WINDOW; n++)
            broker_publish(w);
        do {
            broker_act(w);
            if (w->writing != NULL)
                broker_store(w, &journal);
        } while (w->writing != NULL || w->broadcast < w->published);
    }
    require(w->broadcast >= count, "broadcasts are missing");
    broker_destroy(w->broker);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(struct world *w, uint64_t count);
    } runs[] = {{"fanout", run_fanout}, {"subscribe", run_subscribe}, {"publish", run_publish},
                {"post", run_post},     {"ndjson", run_ndjson},       {"broker", run_broker}};
    struct world w = {.now = 1000, .decoder = wire_decoder_create()};
    bool found = false;

    memcpy(w.epoch.text, "k3f9x2", 7);
    memset(w.data, 'x', sizeof w.data);
    buf_init(&w.frame, WIRE_FRAME_SIZE_MAX);
    for (size_t i = 0; argc == 3 && i < sizeof runs / sizeof runs[0]; i++) {
        if (strcmp(argv[1], runs[i].name) == 0) {
            runs[i].run(&w, strtoull(argv[2], NULL, 10));
            found = true;
        }
    }
    require(found, "usage: bench_instructions PATH COUNT");
    edge_destroy(w.edge);
    buf_clear(&w.frame);
    wire_decoder_destroy(w.decoder);
    return 0;
}
