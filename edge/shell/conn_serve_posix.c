/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Reads the requests of a connection and writes their responses. */

#include "edge/shell/conn.h"

#include "edge/publish/publish_request.h"
#include "edge/shell/conn_uv.h"
#include "edge/shell/socket_posix.h"

/* Maximum size of a stream's own text (head, retry, heartbeats) that its client has not
 * received. */
#define OUT_STREAM_MAX 65536

static struct conn_request *request_of(struct conn *c)
{
    if (c->request == NULL)
        c->request = conn_request_create(&c->set->limits, CONN_READ_SIZE);
    return c->request;
}

/* Writes the response, which is in `out`. Afterwards the connection is idle again, or closes. */
static void conn_respond(struct conn *c)
{
    conn_move(c, c->request->keep_alive ? CONN_WRITING : CONN_ENDING);
    conn_flush(c);
}

void conn_refuse(struct conn *c, int status, const char *detail)
{
    struct exchange_now now = conn_set_now(c->set);

    c->request->keep_alive = false;
    exchange_refuse(&c->set->context.exchange, &c->out, &now, status, detail);
    conn_respond(c);
}

static void conn_become_stream(struct conn *c, const struct exchange *x)
{
    c->stream = x->stream;
    c->lease = x->lease;
    conn_move(c, CONN_STREAM);
    c->number = ++c->set->last_number;
    c->since_s = (uint32_t)(conn_set_now(c->set).unix_ms / 1000);
    conn_drop_request(c);
    c->out.limit = OUT_STREAM_MAX;
    conn_flush(c);
    if (c->state == CONN_STREAM && c->out.size == 0)
        edge_writable(c->set->context.exchange.edge, c->stream);
}

/* Returns the exchange of the current request. */
static struct exchange conn_exchange(struct conn *c)
{
    struct exchange x = {
        .message = http_parser_message(c->request->http),
        .owner = c,
        .out = &c->out,
        .keep_alive = c->request->keep_alive && !c->set->draining,
        .publish_request = c->request->publish_request,
        .pending = c->request->pending,
    };

    if (c->set->context.exchange.limits != NULL || exchange_wants_peer(x.message))
        x.peer = socket_peer(c->fd);
    return x;
}

static void conn_apply(struct conn *c, enum exchange_result result, const struct exchange *x)
{
    c->request->keep_alive = x->keep_alive;
    switch (result) {
    case EXCHANGE_RESPONDED:
        conn_respond(c);
        break;
    case EXCHANGE_STREAM:
        conn_become_stream(c, x);
        break;
    case EXCHANGE_WAITS:
        c->request->publish_request = x->publish_request;
        c->request->pending = x->pending;
        conn_move(c, CONN_WAITING);
        break;
    }
}

static void conn_start(struct conn *c, const struct http_message *message)
{
    struct exchange_now now = conn_set_now(c->set);
    struct exchange x;

    c->request->keep_alive = message->keep_alive;
    x = conn_exchange(c);
    conn_apply(c, exchange_start(&c->set->context.exchange, &now, &x), &x);
}

/* Handles the head of a request with a body. */
static void conn_read_head(struct conn *c, const struct http_message *message)
{
    if (!message->expects_continue || !exchange_wants_body(message))
        return;
    buf_str(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
    conn_flush(c);
}

/* Handles requests until all bytes are used, or a response is not complete. Returns the number of
 * bytes used. */
static size_t conn_consume(struct conn *c, struct slice bytes)
{
    size_t at = 0;

    while (at < bytes.size && (c->state == CONN_IDLE || c->state == CONN_READING)) {
        struct conn_request *request = request_of(c);
        enum http_event event;
        size_t used;

        if (c->state == CONN_IDLE)
            conn_move(c, CONN_READING);
        event = http_parser_feed(request->http, slice_of(bytes.data + at, bytes.size - at), &used);
        at += used;
        if (event == HTTP_EVENT_HEAD)
            conn_read_head(c, http_parser_message(request->http));
        else if (event == HTTP_EVENT_DONE)
            conn_start(c, http_parser_message(request->http));
        else if (event == HTTP_EVENT_BAD)
            conn_refuse(c, http_parser_problem(request->http).status,
                        http_parser_problem(request->http).detail);
    }
    return at;
}

void conn_resume(struct conn *c)
{
    struct buf rest;

    if (c->state != CONN_IDLE || c->request == NULL || c->request->rest.size == 0)
        return;
    /* c->request may be freed meanwhile. */
    rest = c->request->rest;
    buf_init(&c->request->rest, CONN_READ_SIZE);
    buf_consume(&rest, conn_consume(c, buf_all(&rest)));
    if (c->request != NULL)
        c->request->rest = rest;
    else
        buf_clear(&rest);
}

void conn_input(struct conn *c, struct slice bytes)
{
    size_t used = conn_consume(c, bytes);

    /* After the last request of a connection, the remaining bytes are ignored. */
    if (used < bytes.size && c->request != NULL && c->request->keep_alive)
        buf_append(&c->request->rest, bytes.data + used, bytes.size - used);
}

/* ---- replies of the core ---- */

void conn_published(struct conn *c)
{
    struct exchange_now now = conn_set_now(c->set);
    struct exchange x;

    if (c->state != CONN_WAITING || !publish_request_done(c->request->publish_request))
        return;
    x = conn_exchange(c);
    exchange_published(&c->set->context.exchange, &now, &x);
    conn_request_resolve(c->request);
    x.publish_request = NULL;
    conn_apply(c, EXCHANGE_RESPONDED, &x);
    conn_resume(c);
}

void conn_reply(struct conn *c, const struct edge_action *a)
{
    struct exchange_now now = conn_set_now(c->set);
    struct exchange x;
    enum exchange_result result;

    if (c->state != CONN_WAITING)
        return;
    x = conn_exchange(c);
    result = exchange_reply(&c->set->context.exchange, &now, &x, a);
    conn_request_resolve(c->request);
    conn_apply(c, result, &x);
    conn_resume(c);
}
