/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/conn_uv.h"

#include "common/buf.h"
#include "common/mem.h"
#include "edge/inbound.h"
#include "edge/publishing.h"
#include "edge/socket_posix.h"

#include <assert.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

/* A stream's own text (head, retry, heartbeats) that its client does not take. */
#define OUT_STREAM_MAX 65536

#define OUT_MAX (16u << 20) /* a response: an asset (hundreds of KiB) or a batch's lines */

/* How long an idle connection may stay when the edge ends: a request may be on its way already. */
#define DRAIN_IDLE_MS 500

struct conn {
    uv_poll_t poll;
    struct conn_set *set;
    struct list link;   /* in set->states[state] */
    uint64_t deadline;  /* by which the state must change; 0: none */
    struct inbound *in; /* NULL while idle and while a stream */
    struct stream *stream;
    struct buf out; /* written before anything else */
    int fd;
    uint8_t state;
    uint8_t armed; /* the events that poll watches */
    bool blocked;  /* the stream's last write was short: its socket is in the middle of a record */
    bool eof;      /* the client has shut its side down */
};

static void conn_flush(struct conn *c);

/* ---- states ---- */

static uint64_t state_deadline(const struct conn *c, enum conn_state state)
{
    const struct conn_config *config = &c->set->config;
    const uint32_t after[CONN_STATES] = {
        [CONN_IDLE] = c->set->draining ? DRAIN_IDLE_MS : config->idle_ms,
        [CONN_READING] = config->request_ms,
        [CONN_WRITING] = config->write_ms,
        [CONN_ENDING] = config->write_ms,
        [CONN_LINGERING] = config->linger_ms,
    };

    return after[state] == 0 ? 0 : uv_now(c->set->loop) + after[state];
}

/* Moving to the same state means progress: a new deadline. */
static void conn_move(struct conn *c, enum conn_state state)
{
    struct conn_set *set = c->set;
    bool right = conn_state_follows((enum conn_state)c->state, state);

    assert(right);
    (void)right; /* without assertions */
    set->counts[c->state]--;
    set->counts[state]++;
    list_remove(&c->link);
    list_push(&set->states[state], &c->link);
    c->state = (uint8_t)state;
    c->deadline = state_deadline(c, state);
}

static struct inbound *inbound(struct conn *c)
{
    if (c->in == NULL)
        c->in = inbound_create(&c->set->limits, CONN_READ_SIZE);
    return c->in;
}

static void drop_inbound(struct conn *c)
{
    inbound_destroy(c->in);
    c->in = NULL;
}

/* ---- closing ---- */

static void on_closed(uv_handle_t *handle)
{
    struct conn *c = handle->data;

    c->set->counts[CONN_CLOSED]--;
    list_remove(&c->link);
    mem_free(c);
}

void conn_close(struct conn *c)
{
    if (c->state == CONN_CLOSED)
        return;
    if (c->stream != NULL)
        edge_unsubscribe(c->set->config.exchange.edge, c->stream);
    c->stream = NULL;
    drop_inbound(c);
    buf_clear(&c->out);
    conn_move(c, CONN_CLOSED);
    uv_close((uv_handle_t *)&c->poll, on_closed);
    (void)close(c->fd); /* uv_close() has taken it out of the poll set */
    c->fd = -1;
}

/* While the core's actions are drained the core must not be called: it is closed afterwards. */
static void conn_break(struct conn *c)
{
    if (c->state != CONN_BROKEN && c->state != CONN_CLOSED && c->state != CONN_LINGERING)
        conn_move(c, CONN_BROKEN);
}

/* Closing a socket with unread bytes makes the kernel send RST, which can take our last response from the
 * client. So we shut our side down, and read on for a moment. */
static void conn_linger(struct conn *c)
{
    conn_move(c, CONN_LINGERING);
    drop_inbound(c);
    if (shutdown(c->fd, SHUT_WR) != 0 || c->eof)
        conn_close(c);
}

/* ---- what the loop watches ---- */

static void on_event(uv_poll_t *handle, int status, int events);

static void conn_arm(struct conn *c)
{
    unsigned watch =
        conn_state_watches((enum conn_state)c->state, c->out.size > 0 || c->blocked, c->eof);
    int events = (watch & CONN_WATCH_READ ? UV_READABLE : 0) |
                 (watch & CONN_WATCH_WRITE ? UV_WRITABLE : 0) |
                 (watch & CONN_WATCH_END ? UV_DISCONNECT : 0);

    if (c->state == CONN_CLOSED || c->armed == events)
        return;
    c->armed = (uint8_t)events;
    if (uv_poll_start(&c->poll, events, on_event) != 0)
        conn_break(c);
}

/* ---- writing ---- */

/* Writes of `out` what goes. False: the connection is dead. */
static bool conn_write_out(struct conn *c)
{
    struct iovec iov = {c->out.data, c->out.size};
    ssize_t n;

    if (!buf_ok(&c->out))
        return false;
    if (c->out.size == 0)
        return true;
    n = socket_send(c->fd, &iov, 1);
    if (n < 0)
        return false;
    if ((size_t)n == c->out.size)
        buf_clear(&c->out);
    else
        buf_consume(&c->out, (size_t)n);
    if (n > 0 && (c->state == CONN_WRITING || c->state == CONN_ENDING))
        conn_move(c, (enum conn_state)c->state);
    return true;
}

/* The response is in `out`. Back to idle when all of it went and the connection lives on. */
static void conn_respond(struct conn *c)
{
    conn_move(c, c->in->keep_alive ? CONN_WRITING : CONN_ENDING);
    conn_flush(c);
}

static void response_written(struct conn *c)
{
    if (c->state == CONN_ENDING) {
        conn_linger(c);
        return;
    }
    conn_move(c, CONN_IDLE);
    inbound_next(c->in);
    if (c->in->rest.size == 0)
        drop_inbound(c);
}

static void conn_flush(struct conn *c)
{
    if (!conn_write_out(c))
        conn_break(c);
    else if (c->out.size == 0 && (c->state == CONN_WRITING || c->state == CONN_ENDING))
        response_written(c);
}

/* ---- requests ---- */

static struct exchange_now now_of(const struct conn_set *set)
{
    return (struct exchange_now){
        .ms = uv_now(set->loop),
        .random = set->config.random(set->config.context),
        .date = set->config.date(set->config.context),
    };
}

static void conn_refuse(struct conn *c, int status, const char *detail)
{
    struct exchange_now now = now_of(c->set);

    c->in->keep_alive = false;
    exchange_refuse(&c->out, &now, status, detail);
    conn_respond(c);
}

static void conn_become_stream(struct conn *c, struct stream *stream)
{
    struct edge *edge = c->set->config.exchange.edge;

    c->stream = stream;
    conn_move(c, CONN_STREAM);
    drop_inbound(c);
    c->out.limit = OUT_STREAM_MAX;
    conn_flush(c);
    if (c->state == CONN_STREAM && c->out.size == 0)
        edge_writable(edge, stream);
}

static void conn_answer(struct conn *c, const struct http_message *message)
{
    struct exchange_now now = now_of(c->set);
    struct inbound *in = c->in;
    struct stream *stream = NULL;

    in->keep_alive = message->keep_alive && !c->set->draining;
    switch (exchange_start(&c->set->config.exchange, &now, message, c, &c->out, &in->keep_alive,
                           &in->publishing, &stream)) {
    case EXCHANGE_ANSWERED:
        conn_respond(c);
        break;
    case EXCHANGE_STREAM:
        conn_become_stream(c, stream);
        break;
    case EXCHANGE_WAITS:
        conn_move(c, CONN_WAITING);
        break;
    }
}

/* The head of a request with a body has come. */
static void conn_head(struct conn *c, const struct http_message *message)
{
    if (!message->expects_continue || !exchange_wants_body(message))
        return;
    buf_str(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
    conn_flush(c);
}

/* Works on bytes until they are used up or a response has to be waited for; returns how many were used. */
static size_t conn_consume(struct conn *c, struct slice bytes)
{
    size_t at = 0;

    while (at < bytes.size && (c->state == CONN_IDLE || c->state == CONN_READING)) {
        struct inbound *in = inbound(c);
        enum http_event event;
        size_t used;

        if (c->state == CONN_IDLE)
            conn_move(c, CONN_READING);
        event = http_feed(in->http, slice_of(bytes.data + at, bytes.size - at), &used);
        at += used;
        if (event == HTTP_EVENT_HEAD)
            conn_head(c, http_message(in->http));
        else if (event == HTTP_EVENT_DONE)
            conn_answer(c, http_message(in->http));
        else if (event == HTTP_EVENT_BAD)
            conn_refuse(c, http_problem(in->http).status, http_problem(in->http).detail);
    }
    return at;
}

/* A response is out: on with the requests that came behind its own. */
static void conn_resume(struct conn *c)
{
    struct buf rest;

    if (c->state != CONN_IDLE || c->in == NULL || c->in->rest.size == 0)
        return;
    /* `in` may go while its requests are answered. */
    rest = c->in->rest;
    buf_init(&c->in->rest, CONN_READ_SIZE);
    buf_consume(&rest, conn_consume(c, buf_all(&rest)));
    if (c->in != NULL)
        c->in->rest = rest;
    else
        buf_clear(&rest);
}

/* ---- events of the socket ---- */

static void conn_input(struct conn *c, struct slice bytes)
{
    size_t used = conn_consume(c, bytes);

    /* Behind the last request of a connection nothing counts. */
    if (used < bytes.size && c->in != NULL && c->in->keep_alive)
        buf_append(&c->in->rest, bytes.data + used, bytes.size - used);
}

/* Before a request is complete that is the end; once it is, a client may still want the response. */
static void conn_eof(struct conn *c)
{
    c->eof = true;
    if (c->state != CONN_WAITING)
        conn_close(c);
}

static void conn_readable(struct conn *c)
{
    char *buffer = c->set->buffer;
    size_t size = 0;

    switch (socket_receive(c->fd, buffer, CONN_READ_SIZE, &size)) {
    case SOCKET_BYTES:
        if (c->state == CONN_IDLE || c->state == CONN_READING)
            conn_input(c, slice_of(buffer, size));
        break;
    case SOCKET_END:
        conn_eof(c);
        break;
    case SOCKET_DEAD:
        conn_close(c);
        break;
    case SOCKET_NOTHING:
        break;
    }
}

static void conn_writable(struct conn *c)
{
    conn_flush(c);
    if (c->state == CONN_STREAM && c->out.size == 0) {
        c->blocked = false;
        edge_writable(c->set->config.exchange.edge, c->stream);
    }
    conn_resume(c);
}

static void on_event(uv_poll_t *handle, int status, int events)
{
    struct conn *c = handle->data;

    if (status < 0) { /* RST: libuv says UV_EBADF for EPOLLERR, and has stopped the handle */
        conn_close(c);
        return;
    }
    if (events & UV_WRITABLE)
        conn_writable(c);
    if ((events & UV_READABLE) && c->state != CONN_CLOSED && c->state != CONN_BROKEN)
        conn_readable(c);
    if ((events & UV_DISCONNECT) && c->state == CONN_WAITING)
        conn_eof(c);
    if (c->state == CONN_BROKEN)
        conn_close(c);
    conn_arm(c);
}

/* ---- actions of the core ---- */

static void execute_write(struct conn *c, const struct edge_action *a)
{
    struct edge *edge = c->set->config.exchange.edge;
    ssize_t n = 0;

    if (c->state == CONN_STREAM && c->out.size == 0)
        n = socket_send(c->fd, a->iov, a->iov_count);
    c->blocked = n < 0 || (size_t)n < a->bytes;
    edge_wrote(edge, uv_now(c->set->loop), a->stream, n < 0 ? 0 : (size_t)n);
    if (n < 0)
        conn_break(c);
}

static void execute_text(struct conn *c, struct slice text)
{
    if (c->state != CONN_STREAM)
        return;
    buf_slice(&c->out, text);
    conn_flush(c);
    if (c->state == CONN_STREAM && c->out.size > 0)
        edge_blocked(c->set->config.exchange.edge, c->stream);
}

static void execute_close(struct conn *c)
{
    if (c->state != CONN_STREAM)
        return;
    edge_unsubscribe(c->set->config.exchange.edge, c->stream);
    c->stream = NULL;
    conn_move(c, CONN_ENDING);
    conn_flush(c);
}

static void execute_published(struct conn *c)
{
    struct exchange_now now = now_of(c->set);

    if (c->state != CONN_WAITING || !publishing_done(c->in->publishing))
        return;
    c->in->keep_alive = c->in->keep_alive && !c->set->draining;
    exchange_finish(c->in->publishing, &now, c->in->keep_alive, &c->out);
    publishing_destroy(c->in->publishing);
    c->in->publishing = NULL;
    conn_respond(c);
    conn_resume(c);
}

void conn_execute(const struct edge_action *a)
{
    struct conn *c;

    if (a->type == EDGE_PUBLISHED) {
        c = publishing_owner(publishing_outcome(a->request, a->result, a->epoch, a->offset));
        execute_published(c);
    } else {
        c = a->owner;
        if (a->type == EDGE_WRITE)
            execute_write(c, a);
        else if (a->type == EDGE_TEXT)
            execute_text(c, a->text);
        else if (a->type == EDGE_CLOSE)
            execute_close(c);
    }
    conn_arm(c);
}

/* ---- what the set does ---- */

void conn_open(struct conn_set *set, int fd)
{
    struct conn *c = mem_alloc(sizeof *c);

    if (uv_poll_init(set->loop, &c->poll, fd) != 0) {
        (void)close(fd);
        mem_free(c);
        return;
    }
    c->poll.data = c;
    c->set = set;
    c->fd = fd;
    list_init(&c->link);
    buf_init(&c->out, OUT_MAX);
    set->counts[CONN_IDLE]++;
    list_push(&set->states[CONN_IDLE], &c->link);
    c->deadline = state_deadline(c, CONN_IDLE);
    conn_arm(c);
}

struct conn *conn_of(struct list *link)
{
    return LIST_ENTRY(link, struct conn, link);
}

bool conn_due(const struct conn *c, uint64_t now_ms)
{
    return c->deadline != 0 && c->deadline <= now_ms;
}

void conn_expire(struct conn *c)
{
    if (c->state == CONN_READING)
        conn_refuse(c, 408, "the request took too long");
    else
        conn_close(c);
    conn_arm(c);
}

void conn_drain_idle(struct conn *c)
{
    conn_move(c, CONN_IDLE);
}

void conn_end_stream(struct conn *c)
{
    assert(c->state == CONN_STREAM);
    /* In the middle of a record the line would become a part of it. */
    if (!c->blocked && c->out.size == 0)
        exchange_come_back(&c->out, c->set->config.random(c->set->config.context));
    execute_close(c);
    conn_arm(c);
}

size_t conn_size(void)
{
    return sizeof(struct conn);
}
