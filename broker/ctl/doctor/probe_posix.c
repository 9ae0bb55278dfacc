/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/doctor/probe_posix.h"

#include "broker/ctl/lib/cli_posix.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define REQUEST_MS 10000
#define REPEAT_MS 300 /* time to wait for repeated events */
#define PADDING_BYTES 8192
#define PADDING_MS 150 /* time to wait for data after each padding record */

enum err probe_init(struct probe *p, const struct http_client *client, const char *topic,
                    uint64_t idle_ms, struct doctor_facts *facts)
{
    uint64_t random = cli_now_us();
    int size;

    (void)!getrandom(&random, sizeof random, 0);
    *p = (struct probe){.route = {.client = client}, .facts = facts, .idle_ms = idle_ms};
    (void)snprintf(p->nonce, sizeof p->nonce, "%016" PRIx64, random);
    if (topic[0] != '\0')
        size = snprintf(p->route.topic, sizeof p->route.topic, "%s", topic);
    else
        size = snprintf(p->route.topic, sizeof p->route.topic, "belfry-doctor/%s", p->nonce);
    if (size < 0 || size > 1000)
        return ERR_TOO_LARGE;
    (void)snprintf(p->ghost_topic, sizeof p->ghost_topic, "%.1000s/left", p->route.topic);
    return OK;
}

/* Copies a header value as plain ASCII, since it comes from outside. */
static void copy(char *out, size_t size, struct slice text)
{
    size_t length = text.size < size ? text.size : size - 1;

    for (size_t i = 0; i < length; i++)
        out[i] = text.data[i] >= ' ' && text.data[i] < 0x7f ? text.data[i] : '?';
    out[length] = '\0';
}

/* ---- reach ---- */

static enum err probe_protocol(struct probe *p)
{
    struct transport_rules rules = p->route.client->rules;
    char why[TRANSPORT_REASON_SIZE];
    struct transport *transport = NULL;
    enum err err;

    rules.offer_h2 = true;
    err = transport_open(&p->route.client->target, &rules, cli_now_ms() + HTTP_CLIENT_CONNECT_MS,
                         &transport, why);
    if (err != OK) {
        (void)snprintf(p->route.reason, sizeof p->route.reason, "%s", why);
        return err;
    }
    copy(p->facts->reach.protocol, sizeof p->facts->reach.protocol,
         slice_str(transport_protocol(transport)));
    transport_close(transport);
    return OK;
}

static bool is_loopback(const char *host)
{
    return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
           strcmp(host, "::1") == 0;
}

enum err probe_reach(struct probe *p)
{
    struct doctor_reach *r = &p->facts->reach;
    const struct http_request request = {.method = "GET",
                                         .path = "/history",
                                         .query = SLICE("limit=1"),
                                         .token = p->route.client->token};
    uint64_t start;
    struct http_exchange exchange;
    enum err err = p->route.client->target.tls ? probe_protocol(p) : OK;

    r->tls = p->route.client->target.tls;
    r->loopback = is_loopback(p->route.client->target.host);
    if (err != OK)
        return err;
    start = cli_now_ms();
    err = http_client_open(p->route.client, &request, 16u << 20, start + REQUEST_MS, &exchange,
                           p->route.reason);
    if (err != OK)
        return err;
    r->answer_ms = cli_now_ms() - start;
    copy(r->server, sizeof r->server, http_response_header(exchange.response, "Server"));
    copy(r->via, sizeof r->via, http_response_header(exchange.response, "Via"));
    http_client_close(&exchange);
    return OK;
}

/* ---- token and head ---- */

static int stream_status(struct probe *p)
{
    const struct probe_stream_spec spec = {.topic = p->route.topic};
    struct probe_stream stream;
    int status;

    if (probe_stream_open(&p->route, &spec, &stream) != OK)
        return 0;
    status = http_response_status(stream.exchange.response);
    probe_stream_close(&stream);
    return status;
}

void probe_token(struct probe *p)
{
    struct doctor_token *t = &p->facts->token;
    int status;

    if (p->route.client->token.size == 0)
        return;
    status = stream_status(p);
    if (status == 0)
        return; /* the head is held back, so nothing is known */
    t->tried = true;
    t->by_header = status == 200;
    if (t->by_header)
        return;
    p->route.token_in_query = true;
    t->by_query = stream_status(p) == 200;
    p->route.token_in_query = t->by_query;
}

static void note_head(struct probe *p, struct http_exchange *exchange)
{
    struct doctor_head *h = &p->facts->head;

    h->came = true;
    h->status = http_response_status(exchange->response);
    copy(h->type, sizeof h->type, http_response_header(exchange->response, "Content-Type"));
    copy(h->encoding, sizeof h->encoding,
         http_response_header(exchange->response, "Content-Encoding"));
    copy(h->cache, sizeof h->cache, http_response_header(exchange->response, "Cache-Control"));
    h->chunked = http_response_header(exchange->response, "Transfer-Encoding").size > 0;
    h->aged = http_response_header(exchange->response, "Age").size > 0;
    if (h->status == 200)
        return;
    if (http_client_finish(p->route.client, exchange, cli_now_ms() + DOCTOR_WAIT_MS,
                           p->route.reason) == OK)
        http_client_explain(p->route.client, exchange, p->route.reason);
    copy(h->detail, sizeof h->detail, slice_str(p->route.reason));
}

void probe_head(struct probe *p)
{
    struct doctor_head *h = &p->facts->head;
    const struct probe_stream_spec spec = {.topic = p->route.topic,
                                           .headers = "Accept-Encoding: gzip, deflate, br\r\n"};
    const struct probe_stream_spec plain = {.topic = p->route.topic};
    struct probe_stream stream;

    h->tried = true;
    if (probe_stream_open(&p->route, &spec, &stream) != OK) {
        if (probe_stream_open(&p->route, &plain, &stream) != OK)
            return;
        h->plain_only = true;
    }
    note_head(p, &stream.exchange);
    probe_stream_close(&stream);
    p->has_stream = h->status == 200;
}

/* ---- timing ---- */

struct timing {
    struct probe *probe;
    struct probe_stream stream;
    unsigned seen[DOCTOR_ROUNDS];
};

/* Returns the round that published this record, or DOCTOR_ROUNDS. */
static unsigned round_of(const struct probe *p, struct slice data)
{
    char text[64];

    for (unsigned i = 0; i < DOCTOR_ROUNDS; i++) {
        (void)snprintf(text, sizeof text, "belfry doctor %s %u", p->nonce, i);
        if (slice_equal(data, slice_str(text)))
            return i;
    }
    return DOCTOR_ROUNDS;
}

/* Reads events until the event of this round arrives. */
static enum err wait_round(struct timing *t, unsigned round, uint64_t deadline)
{
    while (t->seen[round] == 0) {
        struct sse_event event;
        enum err err = probe_stream_event(&t->stream, deadline, &event);
        unsigned which;

        if (err != OK)
            return err;
        which = round_of(t->probe, event.data);
        if (which < DOCTOR_ROUNDS && t->seen[which]++ > 0)
            t->probe->facts->timing.repeated++;
    }
    return OK;
}

/* Publishes a record and times its event. Returns false if further rounds are pointless. */
static bool time_round(struct timing *t, unsigned round)
{
    struct doctor_timing *facts = &t->probe->facts->timing;
    uint64_t answered;
    uint64_t now;
    char text[64];
    int status;

    (void)snprintf(text, sizeof text, "belfry doctor %s %u", t->probe->nonce, round);
    status = probe_publish(&t->probe->route, text, strlen(text), false);
    if (status < 200 || status >= 300) {
        facts->publish_status = status;
        copy(facts->publish_detail, sizeof facts->publish_detail,
             slice_str(t->probe->route.reason));
        return false;
    }
    answered = cli_now_ms();
    facts->sent++;
    if (wait_round(t, round, answered + DOCTOR_WAIT_MS) != OK)
        return false;
    now = cli_now_ms();
    facts->late_ms[facts->arrived++] = (int64_t)(now - answered);
    return true;
}

/* Publishes padding until data arrives. */
static void push(struct timing *t)
{
    char text[PADDING_BYTES];
    unsigned kib = 0;

    memset(text, '.', sizeof text);
    while (kib < DOCTOR_PADDING_MAX) {
        if (probe_publish(&t->probe->route, text, sizeof text, true) != 200)
            return;
        kib += PADDING_BYTES / 1024;
        if (probe_stream_bytes(&t->stream, cli_now_ms() + PADDING_MS) == OK) {
            t->probe->facts->timing.padding_kib = kib;
            return;
        }
    }
}

/* Counts events that arrive again after all have arrived. */
static void wait_for_repeats(struct timing *t)
{
    uint64_t deadline = cli_now_ms() + REPEAT_MS;
    struct sse_event event;

    while (probe_stream_event(&t->stream, deadline, &event) == OK) {
        if (round_of(t->probe, event.data) < DOCTOR_ROUNDS)
            t->probe->facts->timing.repeated++;
    }
}

static void time_stream(struct timing *t)
{
    struct doctor_timing *facts = &t->probe->facts->timing;
    uint64_t start = cli_now_ms();
    struct sse_event event;

    if (probe_stream_event(&t->stream, start + DOCTOR_WAIT_MS, &event) == OK)
        facts->first_ms = (int64_t)(cli_now_ms() - start);
    for (unsigned i = 0; i < DOCTOR_ROUNDS && time_round(t, i); i++)
        continue;
    if (facts->arrived < facts->sent || facts->first_ms < 0)
        push(t);
    else
        wait_for_repeats(t);
}

void probe_timing(struct probe *p)
{
    const struct probe_stream_spec spec = {.topic = p->route.topic};
    struct timing t = {.probe = p};
    struct doctor_timing *facts = &p->facts->timing;

    assert(p->facts->head.tried); /* probe_head() was called before */
    if (!p->has_stream || probe_stream_open(&p->route, &spec, &t.stream) != OK)
        return;
    *facts = (struct doctor_timing){.tried = true, .first_ms = -1, .padding_kib = -1};
    time_stream(&t);
    probe_stream_close(&t.stream);
    p->has_stream = facts->arrived == facts->sent && facts->first_ms >= 0;
}

/* ---- resume ---- */

/* Returns whether a new stream receives this event. */
static bool receives(struct probe *p, const struct probe_stream_spec *spec, const char *text)
{
    uint64_t deadline = cli_now_ms() + DOCTOR_WAIT_MS;
    struct probe_stream stream;
    struct sse_event event;
    bool found = false;

    if (probe_stream_open(&p->route, spec, &stream) != OK)
        return false;
    while (!found && probe_stream_event(&stream, deadline, &event) == OK)
        found = slice_equal(event.data, slice_str(text));
    probe_stream_close(&stream);
    return found;
}

/* Finds the id of a new stream's position, in the first event with an id. The event belfry.hello,
 * which may come first, has none. */
static bool find_place(struct probe *p, char id[64])
{
    const struct probe_stream_spec spec = {.topic = p->route.topic};
    uint64_t deadline = cli_now_ms() + DOCTOR_WAIT_MS;
    struct probe_stream stream;
    struct sse_event event;

    id[0] = '\0';
    if (probe_stream_open(&p->route, &spec, &stream) != OK)
        return false;
    while (id[0] == '\0' && probe_stream_event(&stream, deadline, &event) == OK)
        copy(id, 64, event.id);
    probe_stream_close(&stream);
    return id[0] != '\0';
}

void probe_resume(struct probe *p)
{
    struct doctor_resume *r = &p->facts->resume;
    char id[64];
    char text[64];
    char header[128];
    struct probe_stream_spec spec = {.topic = p->route.topic, .headers = header};

    if (!p->has_stream || p->facts->timing.sent == 0 || !find_place(p, id))
        return;
    (void)snprintf(text, sizeof text, "belfry doctor %s while away", p->nonce);
    if (probe_publish(&p->route, text, strlen(text), false) != 200)
        return;
    r->tried = true;
    (void)snprintf(header, sizeof header, "Last-Event-ID: %s\r\n", id);
    r->by_header = receives(p, &spec, text);
    if (r->by_header)
        return;
    spec = (struct probe_stream_spec){.topic = p->route.topic, .last_event_id = id};
    r->by_query = receives(p, &spec, text);
}

/* ---- many streams ---- */

void probe_crowd(struct probe *p)
{
    struct doctor_crowd *c = &p->facts->crowd;
    const struct probe_stream_spec spec = {.topic = p->route.topic};
    struct probe_stream streams[DOCTOR_STREAMS];
    unsigned count = 0;

    if (!p->has_stream)
        return;
    c->tried = true;
    while (count < DOCTOR_STREAMS && probe_stream_open(&p->route, &spec, &streams[count]) == OK) {
        struct sse_event event;
        int status = http_response_status(streams[count].exchange.response);
        bool open =
            status == 200 &&
            probe_stream_event(&streams[count], cli_now_ms() + DOCTOR_WAIT_MS, &event) == OK;

        count++;
        c->opened += open;
        if (!open) {
            c->status = status;
            break;
        }
    }
    c->published =
        probe_presence(&p->route, p->route.topic) >= 0 || probe_publish(&p->route, "", 0, true) > 0;
    while (count > 0)
        probe_stream_close(&streams[--count]);
}

/* ---- a large body ---- */

/* Sends a large body of empty lines, in which an edge finds no record to store. */
void probe_body(struct probe *p)
{
    struct doctor_body *b = &p->facts->body;
    struct http_request request = {.method = "POST",
                                   .path = "/publish",
                                   .type = "application/x-ndjson",
                                   .token = p->route.client->token};
    struct http_exchange exchange;
    struct buf body;
    char *text;

    buf_init(&body, DOCTOR_BODY_BYTES);
    text = buf_reserve(&body, DOCTOR_BODY_BYTES);
    if (text == NULL)
        return;
    memset(text, '\n', DOCTOR_BODY_BYTES);
    body.size = DOCTOR_BODY_BYTES;
    request.body = buf_all(&body);
    if (http_client_open(p->route.client, &request, 16u << 20, cli_now_ms() + REQUEST_MS, &exchange,
                         p->route.reason) == OK) {
        b->tried = true;
        b->status = http_response_status(exchange.response);
        b->by_edge = b->status != 413 ||
                     slice_starts(http_response_header(exchange.response, "Content-Type"),
                                  SLICE("application/problem+json"));
        http_client_close(&exchange);
    }
    buf_clear(&body);
}
