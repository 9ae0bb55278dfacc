/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/http/ops_server_uv.h"

#include "common/base/list.h"
#include "common/base/mem.h"
#include "common/http/http_parser.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

#define READ_SIZE 4096
#define HEAD_SIZE 1024

struct ops {
    uv_loop_t *loop;
    uv_tcp_t listener;
    ops_handler *handler;
    void *context;
    struct http_limits limits;
    struct list clients;
    size_t client_count;
    void (*closed)(void *context);
    bool closing;
    bool listener_closed;
};

struct client {
    struct ops *ops;
    struct list link;
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_write_t write;
    struct http_parser *parser;
    struct buf out;
    unsigned handles; /* open handles */
    bool closing;
    char buffer[READ_SIZE]; /* bytes of one read */
};

/* ---- closing ---- */

static void finish(struct ops *ops)
{
    if (!ops->closing || !ops->listener_closed || ops->client_count > 0)
        return;
    if (ops->closed != NULL)
        ops->closed(ops->context);
    mem_free(ops);
}

static void on_client_closed(uv_handle_t *handle)
{
    struct client *c = handle->data;
    struct ops *ops = c->ops;

    if (--c->handles > 0)
        return;
    list_remove(&c->link);
    http_parser_destroy(c->parser);
    buf_clear(&c->out);
    mem_free(c);
    ops->client_count--;
    finish(ops);
}

static void client_close(struct client *c)
{
    if (c->closing)
        return;
    c->closing = true;
    uv_close((uv_handle_t *)&c->tcp, on_client_closed);
    uv_close((uv_handle_t *)&c->timer, on_client_closed);
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct ops *ops = handle->data;

    ops->listener_closed = true;
    finish(ops);
}

void ops_close(struct ops *ops, void (*closed)(void *context))
{
    struct list *link;

    if (ops == NULL || ops->closing)
        return;
    ops->closing = true;
    ops->closed = closed;
    for (link = ops->clients.next; link != &ops->clients; link = link->next)
        client_close(LIST_ENTRY(link, struct client, link));
    uv_close((uv_handle_t *)&ops->listener, on_listener_closed);
}

/* ---- responses ---- */

static const char *phrase(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 400:
        return "Bad Request";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 414:
        return "URI Too Long";
    case 501:
        return "Not Implemented";
    case 503:
        return "Service Unavailable";
    default:
        return "Error";
    }
}

static void on_written(uv_write_t *write, int status)
{
    (void)status;
    client_close(write->data);
}

static void send_response(struct client *c, const struct ops_response *a, bool head_only)
{
    uv_buf_t bytes;

    buf_printf(&c->out,
               "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s"
               "Connection: close\r\n\r\n",
               a->status, phrase(a->status), a->type, a->body.size,
               a->status == 405 ? "Allow: GET, HEAD\r\n" : "");
    if (!head_only)
        buf_slice(&c->out, buf_all(&a->body));
    if (!buf_ok(&c->out) || !buf_ok(&a->body)) {
        client_close(c);
        return;
    }
    (void)uv_read_stop((uv_stream_t *)&c->tcp);
    bytes = uv_buf_init(c->out.data, (unsigned)c->out.size);
    c->write.data = c;
    if (uv_write(&c->write, (uv_stream_t *)&c->tcp, &bytes, 1, on_written) != 0)
        client_close(c);
}

/* ---- requests ---- */

static struct slice without_query(struct slice target)
{
    const char *mark = target.size == 0 ? NULL : memchr(target.data, '?', target.size);

    return mark == NULL ? target : slice_of(target.data, (size_t)(mark - target.data));
}

static void respond_to(struct client *c, const struct http_message *message, struct ops_response *a)
{
    struct slice path = without_query(message->target);

    if (!slice_equal(message->method, SLICE("GET")) &&
        !slice_equal(message->method, SLICE("HEAD"))) {
        a->status = 405;
        buf_str(&a->body, "method not allowed: use GET or HEAD\n");
        return;
    }
    if (slice_starts(path, SLICE("/"))) {
        c->ops->handler(c->ops->context, path, a);
        if (a->status == 404 && a->body.size == 0)
            buf_str(&a->body, "not found\n");
    } else {
        a->status = 400;
        buf_str(&a->body, "the target is not a path\n");
    }
}

/* Responds as soon as the head is complete; a body is ignored. */
static void take_bytes(struct client *c, struct slice bytes)
{
    struct ops_response a = {.status = 404, .type = "text/plain; charset=utf-8"};
    size_t used;
    enum http_event event = http_parser_feed(c->parser, bytes, &used);
    const struct http_message *message = NULL;

    if (event == HTTP_EVENT_MORE)
        return;
    buf_init(&a.body, OPS_BODY_MAX);
    if (event == HTTP_EVENT_BAD) {
        a.status = http_parser_problem(c->parser).status;
        buf_printf(&a.body, "%s\n", http_parser_problem(c->parser).detail);
    } else {
        message = http_parser_message(c->parser);
        respond_to(c, message, &a);
    }
    send_response(c, &a, message != NULL && slice_equal(message->method, SLICE("HEAD")));
    buf_clear(&a.body);
}

static void on_idle_timeout(uv_timer_t *timer)
{
    client_close(timer->data);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    struct client *c = handle->data;

    (void)suggested;
    *out = uv_buf_init(c->buffer, sizeof c->buffer);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
    struct client *c = stream->data;

    (void)buffer;
    if (n < 0)
        client_close(c);
    else
        take_bytes(c, slice_of(c->buffer, (size_t)n));
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct ops *ops = listener->data;
    struct client *c;

    if (status != 0)
        return;
    c = mem_alloc(sizeof *c);
    c->ops = ops;
    c->parser = http_parser_create(&ops->limits);
    buf_init(&c->out, OPS_BODY_MAX + HEAD_SIZE);
    list_init(&c->link);
    list_push(&ops->clients, &c->link);
    ops->client_count++;
    c->handles = 2;
    (void)uv_tcp_init(ops->loop, &c->tcp);
    (void)uv_timer_init(ops->loop, &c->timer);
    c->tcp.data = c;
    c->timer.data = c;
    /* Above the limit a connection is accepted and closed; otherwise it would wait in the kernel's
     * queue. */
    if (uv_accept(listener, (uv_stream_t *)&c->tcp) != 0 ||
        ops->client_count > OPS_CONNECTIONS_MAX ||
        uv_timer_start(&c->timer, on_idle_timeout, OPS_IDLE_MS, 0) != 0 ||
        uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) != 0)
        client_close(c);
}

/* ---- starting ---- */

static enum err fail(char reason[OPS_REASON_SIZE], const struct endpoint *endpoint, int error)
{
    (void)snprintf(reason, OPS_REASON_SIZE, "operations port %.100s:%u: %s", endpoint->host,
                   (unsigned)endpoint->port, uv_strerror(error));
    switch (error) {
    case UV_EADDRINUSE:
        return ERR_BUSY;
    case UV_EACCES:
    case UV_EPERM:
        return ERR_DENIED;
    case UV_EADDRNOTAVAIL:
    case UV_EAI_NONAME:
    case UV_EAI_AGAIN:
    case UV_EAI_FAIL:
        return ERR_NOT_FOUND;
    default:
        return ERR_IO;
    }
}

/* Resolves the host, binds and listens. Without a callback uv_getaddrinfo() is synchronous. */
static int start_listening(struct ops *ops, const struct endpoint *endpoint)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    uv_getaddrinfo_t request;
    char service[8];
    int error;

    (void)snprintf(service, sizeof service, "%u", (unsigned)endpoint->port);
    error = uv_getaddrinfo(ops->loop, &request, NULL, endpoint->host, service, &hints);
    if (error != 0)
        return error;
    error = uv_tcp_bind(&ops->listener, request.addrinfo->ai_addr, 0);
    uv_freeaddrinfo(request.addrinfo);
    if (error != 0)
        return error;
    return uv_listen((uv_stream_t *)&ops->listener, OPS_CONNECTIONS_MAX, on_connection);
}

enum err ops_create(struct uv_loop_s *loop, const struct endpoint *endpoint, ops_handler *handler,
                    void *context, struct ops **out, char reason[OPS_REASON_SIZE])
{
    struct ops *ops = mem_alloc(sizeof *ops);
    int error;

    ops->loop = loop;
    ops->handler = handler;
    ops->context = context;
    http_limits_init(&ops->limits);
    list_init(&ops->clients);
    (void)uv_tcp_init(loop, &ops->listener);
    ops->listener.data = ops;
    error = start_listening(ops, endpoint);
    if (error != 0) {
        ops_close(ops, NULL);
        return fail(reason, endpoint, error);
    }
    *out = ops;
    return OK;
}
