/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/shell/conn.h"

#include "common/base/mem.h"
#include "edge/shell/conn_uv.h"
#include "edge/shell/socket_posix.h"

#include <assert.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#define OUT_MAX (16u << 20) /* maximum size of a response; a page of the log has up to 14 MiB */

/* Time that an idle connection may stay while the edge is draining: a request may be on its way. */
#define DRAIN_IDLE_MS 500

struct conn_handle {
    uv_poll_t poll;
    struct conn conn;
};

static struct conn_handle *handle_of(struct conn *c)
{
    return LIST_ENTRY(c, struct conn_handle, conn);
}

uint64_t conn_now(const struct conn *c)
{
    return uv_now(c->set->loop);
}

static struct http_counters *conn_counters(const struct conn *c)
{
    return c->set->context.exchange.counters;
}

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

    return after[state] == 0 ? 0 : conn_now(c) + after[state];
}

void conn_move(struct conn *c, enum conn_state state)
{
    struct conn_set *set = c->set;

    assert(conn_state_follows((enum conn_state)c->state, state));
    if (set->page_end == c)
        set->page_end = NULL;
    set->counts[c->state]--;
    set->counts[state]++;
    list_remove(&c->link);
    list_push(&set->states[state], &c->link);
    c->state = (uint8_t)state;
    c->early = false;
    c->deadline = state_deadline(c, state);
}

void conn_drop_request(struct conn *c)
{
    conn_request_destroy(c->request);
    c->request = NULL;
}

/* ---- closing ---- */

static void on_closed(uv_handle_t *handle)
{
    struct conn *c = handle->data;

    c->set->counts[CONN_CLOSED]--;
    list_remove(&c->link);
    mem_free(handle_of(c));
}

static void leave_stream(struct conn *c)
{
    if (c->stream == NULL)
        return;
    edge_unsubscribe(c->set->context.exchange.edge, c->stream);
    limits_release(c->set->context.exchange.limits, c->lease);
    c->stream = NULL;
    c->lease = NULL;
}

void conn_close(struct conn *c)
{
    if (c->state == CONN_CLOSED)
        return;
    leave_stream(c);
    conn_drop_request(c);
    buf_clear(&c->out);
    conn_move(c, CONN_CLOSED);
    uv_close((uv_handle_t *)&handle_of(c)->poll, on_closed);
    (void)close(c->fd); /* uv_close() has taken it out of the poll set */
    c->fd = -1;
}

/* Does not close the connection at once: while the core's actions are executed, the core must keep
 * the stream that it writes to. */
void conn_break(struct conn *c)
{
    if (c->state != CONN_BROKEN && c->state != CONN_CLOSED && c->state != CONN_LINGERING)
        conn_move(c, CONN_BROKEN);
}

/* Closing a socket with unread bytes makes the kernel send RST, and the client may lose the
 * response. So we shut down our side first, and read for another moment. */
static void conn_linger(struct conn *c)
{
    conn_move(c, CONN_LINGERING);
    conn_drop_request(c);
    if (shutdown(c->fd, SHUT_WR) != 0 || c->eof)
        conn_close(c);
}

/* ---- what the loop watches ---- */

static void on_event(uv_poll_t *handle, int status, int events);

static void conn_arm(struct conn *c)
{
    unsigned watch = conn_state_watches((enum conn_state)c->state, c->out.size > 0 || c->blocked,
                                        c->eof, c->early);
    int events = (watch & CONN_WATCH_READ ? UV_READABLE : 0) |
                 (watch & CONN_WATCH_WRITE ? UV_WRITABLE : 0) |
                 (watch & CONN_WATCH_END ? UV_DISCONNECT : 0);

    if (c->state == CONN_CLOSED || c->armed == events)
        return;
    c->armed = (uint8_t)events;
    if (uv_poll_start(&handle_of(c)->poll, events, on_event) != 0)
        conn_break(c);
}

/* ---- writing ---- */

/* Writes as much of `out` as the socket takes. Returns false if the connection is dead. */
static bool conn_write_out(struct conn *c)
{
    struct iovec iov = {c->out.data, c->out.size};
    ssize_t n;

    if (!buf_ok(&c->out)) {
        conn_counters(c)->stream_text_limit++;
        return false;
    }
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

static void response_written(struct conn *c)
{
    if (c->state == CONN_ENDING) {
        conn_linger(c);
        return;
    }
    conn_move(c, CONN_IDLE);
    conn_request_next(c->request);
    if (c->request->rest.size == 0)
        conn_drop_request(c);
}

void conn_flush(struct conn *c)
{
    if (!conn_write_out(c))
        conn_break(c);
    else if (c->out.size == 0 && (c->state == CONN_WRITING || c->state == CONN_ENDING))
        response_written(c);
}

/* ---- events of the socket ---- */

/* Handles the end of what the client sends. It closes the connection, except while the client may
 * still want its response. */
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

    if (c->state == CONN_WAITING) {
        c->early = true;
        return;
    }
    switch (socket_receive(c->fd, buffer, CONN_READ_SIZE, &size)) {
    case SOCKET_BYTES:
        if (c->state != CONN_IDLE && c->state != CONN_READING)
            break;
        edge_set_micros(c->set->context.exchange.edge, uv_hrtime() / 1000);
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
        edge_writable(c->set->context.exchange.edge, c->stream);
    }
    conn_resume(c);
}

static void on_event(uv_poll_t *handle, int status, int events)
{
    struct conn *c = handle->data;

    if (status < 0) { /* RST: libuv reports UV_EBADF for EPOLLERR and has stopped the handle */
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

static void execute_write(struct conn *c, const struct edge_write_action *a)
{
    struct edge *edge = c->set->context.exchange.edge;
    ssize_t n = 0;

    if (c->state == CONN_STREAM && c->out.size == 0)
        n = socket_send(c->fd, a->iov, a->iov_count);
    c->blocked = n < 0 || (size_t)n < a->bytes;
    edge_wrote(edge, conn_now(c), a->stream, n < 0 ? 0 : (size_t)n);
    if (n < 0)
        conn_break(c);
}

static void execute_text(struct conn *c, struct slice text)
{
    struct iovec iov = {.iov_len = text.size};
    ssize_t n = 0;

    if (c->state != CONN_STREAM)
        return;
    memcpy(&iov.iov_base, &text.data, sizeof iov.iov_base); /* not const, but it is only read */
    /* Bytes that the socket takes now need no room in `out`. */
    if (c->out.size == 0)
        n = socket_send(c->fd, &iov, 1);
    if (n < 0) {
        conn_break(c);
        return;
    }
    buf_slice(&c->out, slice_of(text.data + n, text.size - (size_t)n));
    conn_flush(c);
    if (c->state == CONN_STREAM && c->out.size > 0)
        edge_blocked(c->set->context.exchange.edge, c->stream);
}

static void execute_close(struct conn *c, bool come_back)
{
    if (c->state != CONN_STREAM)
        return;
    /* After part of a record, the line would become a part of that record. */
    if (come_back && !c->blocked && c->out.size == 0)
        exchange_write_retry(&c->out, c->set->context.random(c->set->context.context));
    leave_stream(c);
    conn_move(c, CONN_ENDING);
    conn_flush(c);
}

/* Passes the core's reply on to the request that waits for it. */
static struct conn *execute_reply(void *request, const struct edge_action *a)
{
    struct conn *c = pending_query_reply(request)->owner;

    conn_reply(c, a);
    return c;
}

static struct conn *execute_published(const struct edge_published_action *a)
{
    struct conn *c =
        publish_request_owner(publish_request_outcome(a->request, a->result, a->epoch, a->offset));

    conn_published(c);
    return c;
}

void conn_execute(const struct edge_action *a)
{
    struct conn *c = NULL;

    if (a->type == EDGE_WRITE) {
        c = a->write.owner;
        execute_write(c, &a->write);
    } else if (a->type == EDGE_TEXT) {
        c = a->text.owner;
        execute_text(c, a->text.text);
    } else if (a->type == EDGE_CLOSE) {
        c = a->close.owner;
        execute_close(c, a->close.come_back);
    } else if (a->type == EDGE_PUBLISHED) {
        c = execute_published(&a->published);
    } else if (a->type == EDGE_REPLY) {
        c = execute_reply(a->reply.request, a);
    } else if (a->type == EDGE_PAGE) {
        c = execute_reply(a->page.request, a);
    }
    assert(c != NULL);
    conn_arm(c);
}

/* ---- what the set does ---- */

struct exchange_now conn_set_now(const struct conn_set *set)
{
    return (struct exchange_now){
        .ms = uv_now(set->loop),
        .unix_ms = set->context.unix_ms(set->context.context),
        .random = set->context.random(set->context.context),
        .date = set->context.date(set->context.context),
    };
}

void conn_open(struct conn_set *set, int fd)
{
    struct conn_handle *handle = mem_alloc(sizeof *handle);
    struct conn *c = &handle->conn;

    if (uv_poll_init(set->loop, &handle->poll, fd) != 0) {
        (void)close(fd);
        mem_free(handle);
        return;
    }
    handle->poll.data = c;
    c->set = set;
    c->fd = fd;
    list_init(&c->link);
    buf_init(&c->out, OUT_MAX);
    set->counts[CONN_IDLE]++;
    list_push(&set->states[CONN_IDLE], &c->link);
    c->deadline = state_deadline(c, CONN_IDLE);
    conn_counters(c)->accepted++;
    conn_arm(c);
}

struct conn *conn_of(struct list *link)
{
    return LIST_ENTRY(link, struct conn, link);
}

bool conn_due(const struct conn *c, uint64_t now_ms)
{
    return c->state != CONN_STREAM && c->deadline != 0 && c->deadline <= now_ms;
}

void conn_expire(struct conn *c)
{
    if (c->state == CONN_IDLE)
        conn_counters(c)->idle_timeouts++;
    else if (c->state == CONN_WRITING || c->state == CONN_ENDING)
        conn_counters(c)->write_timeouts++;
    if (c->state == CONN_READING)
        conn_refuse(c, 408, "the request was not complete in time");
    else
        conn_close(c);
    conn_arm(c);
}

void conn_drain_idle(struct conn *c)
{
    assert(c->state == CONN_IDLE && c->set->draining);
    conn_move(c, CONN_IDLE);
}

void conn_end_stream(struct conn *c)
{
    assert(c->state == CONN_STREAM);
    conn_counters(c)->streams_drained++;
    execute_close(c, true);
    conn_arm(c);
}

size_t conn_size(void)
{
    return sizeof(struct conn_handle);
}
