/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/http/ops_server_uv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <uv.h>

/* One client against a server in the same loop. */
struct world {
    uv_loop_t loop;
    struct ops *ops;
    struct endpoint endpoint;
    bool ops_gone;
    unsigned asked; /* number of handler calls */

    uv_tcp_t client;
    uv_connect_t connect;
    uv_write_t write;
    const char *request;
    size_t piece; /* bytes of one write */
    size_t sent;
    char reply[4096];
    size_t reply_size;
    bool client_gone;
};

static void handler(void *context, struct slice path, struct ops_response *response)
{
    struct world *w = context;

    w->asked++;
    if (slice_equal(path, SLICE("/healthz"))) {
        response->status = 200;
        buf_str(&response->body, "ok\n");
    } else if (slice_equal(path, SLICE("/readyz"))) {
        response->status = 503;
        buf_str(&response->body, "not yet\n");
    }
}

static void on_ops_gone(void *context)
{
    struct world *w = context;

    w->ops_gone = true;
}

/* Returns a port that is free now: binds port 0, reads the number and closes the socket. */
static uint16_t free_port(uv_loop_t *loop)
{
    struct sockaddr_in address;
    int size = sizeof address;
    uv_tcp_t tcp;

    assert_int_equal(uv_tcp_init(loop, &tcp), 0);
    assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &address), 0);
    assert_int_equal(uv_tcp_bind(&tcp, (const struct sockaddr *)&address, 0), 0);
    assert_int_equal(uv_tcp_getsockname(&tcp, (struct sockaddr *)&address, &size), 0);
    uv_close((uv_handle_t *)&tcp, NULL);
    assert_int_equal(uv_run(loop, UV_RUN_DEFAULT), 0);
    return ntohs(address.sin_port);
}

static int setup(void **state)
{
    struct world *w = test_calloc(1, sizeof *w);
    char reason[OPS_REASON_SIZE];
    enum err err = ERR_BUSY;

    assert_int_equal(uv_loop_init(&w->loop), 0);
    (void)snprintf(w->endpoint.host, sizeof w->endpoint.host, "127.0.0.1");
    for (int i = 0; i < 10 && err == ERR_BUSY; i++) { /* another process may have taken it */
        w->endpoint.port = free_port(&w->loop);
        err = ops_create(&w->loop, &w->endpoint, handler, w, &w->ops, reason);
    }
    assert_int_equal(err, OK);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    ops_close(w->ops, on_ops_gone);
    assert_int_equal(uv_run(&w->loop, UV_RUN_DEFAULT), 0);
    assert_true(w->ops_gone);
    assert_int_equal(uv_loop_close(&w->loop), 0);
    test_free(w);
    return 0;
}

/* ---- the client ---- */

static void on_client_closed(uv_handle_t *handle)
{
    struct world *w = handle->data;

    w->client_gone = true;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    struct world *w = handle->data;

    (void)suggested;
    *out = uv_buf_init(w->reply + w->reply_size, (unsigned)(sizeof w->reply - 1 - w->reply_size));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
    struct world *w = stream->data;

    (void)buffer;
    if (n < 0)
        uv_close((uv_handle_t *)&w->client, on_client_closed);
    else
        w->reply_size += (size_t)n;
}

static void send_next(struct world *w);

static void on_written(uv_write_t *write, int status)
{
    struct world *w = write->data;

    if (status == 0 && !uv_is_closing((uv_handle_t *)&w->client))
        send_next(w);
}

static void send_next(struct world *w)
{
    size_t left = strlen(w->request) - w->sent;
    size_t n = left < w->piece ? left : w->piece;
    uv_buf_t bytes;

    if (n == 0)
        return;
    /* libuv's buffers are not const, but a write only reads them. */
    memcpy(&bytes.base, &(const char *){w->request + w->sent}, sizeof bytes.base);
    bytes.len = n;
    w->sent += n;
    w->write.data = w;
    assert_int_equal(uv_write(&w->write, (uv_stream_t *)&w->client, &bytes, 1, on_written), 0);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct world *w = connect->data;

    assert_int_equal(status, 0);
    assert_int_equal(uv_read_start((uv_stream_t *)&w->client, on_alloc, on_read), 0);
    send_next(w);
}

static const char *ask(struct world *w, const char *request, size_t piece)
{
    struct sockaddr_in address;

    w->request = request;
    w->piece = piece;
    w->sent = 0;
    w->reply_size = 0;
    w->client_gone = false;
    assert_int_equal(uv_tcp_init(&w->loop, &w->client), 0);
    assert_int_equal(uv_ip4_addr("127.0.0.1", w->endpoint.port, &address), 0);
    w->client.data = w;
    w->connect.data = w;
    assert_int_equal(
        uv_tcp_connect(&w->connect, &w->client, (const struct sockaddr *)&address, on_connected),
        0);
    while (!w->client_gone)
        assert_int_not_equal(uv_run(&w->loop, UV_RUN_ONCE), 0);
    w->reply[w->reply_size] = '\0';
    return w->reply;
}

static void expect_start(const char *reply, const char *start)
{
    if (strncmp(reply, start, strlen(start)) != 0)
        print_error("got: %s\n", reply);
    assert_int_equal(strncmp(reply, start, strlen(start)), 0);
}

/* ---- tests ---- */

static void test_get(void **state)
{
    const char *reply = ask(*state, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", 1000);

    assert_string_equal(reply, "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
                               "Content-Length: 3\r\nConnection: close\r\n\r\nok\n");
}

static void test_pieces_and_query(void **state)
{
    const char *reply = ask(*state, "GET /readyz?verbose HTTP/1.0\r\n\r\n", 1);

    expect_start(reply, "HTTP/1.1 503 Service Unavailable\r\n");
    assert_non_null(strstr(reply, "\r\n\r\nnot yet\n"));
}

static void test_head(void **state)
{
    const char *reply = ask(*state, "HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n", 1000);

    expect_start(reply, "HTTP/1.1 200 OK\r\n");
    assert_non_null(strstr(reply, "Content-Length: 3\r\n"));
    assert_string_equal(reply + strlen(reply) - 4, "\r\n\r\n");
}

static void test_other_methods_are_refused(void **state)
{
    struct world *w = *state;

    expect_start(ask(w, "POST /healthz HTTP/1.1\r\nHost: a\r\n\r\n", 1000), "HTTP/1.1 405 ");
    assert_non_null(strstr(w->reply, "Allow: GET, HEAD\r\n"));
    expect_start(ask(w, "PUT /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab", 1000),
                 "HTTP/1.1 405 ");
    expect_start(ask(w, "FROB /healthz HTTP/1.1\r\nHost: a\r\n\r\n", 1000), "HTTP/1.1 501 ");
    assert_int_equal(w->asked, 0);
}

static void test_other_paths_are_not_found(void **state)
{
    struct world *w = *state;

    expect_start(ask(w, "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", 1000), "HTTP/1.1 404 ");
    assert_int_equal(w->asked, 1);
    expect_start(ask(w, "GET healthz HTTP/1.0\r\n\r\n", 1000), "HTTP/1.1 400 ");
    assert_int_equal(w->asked, 1);
}

static void test_malformed_requests_are_refused(void **state)
{
    static const char *const bad[] = {
        "GET /healthz\r\n\r\n",
        "\r\n\r\n",
        "GET /healthz HTTP/1.1\r\n\r\n", /* RFC 9112, section 3.2: no Host */
        "GET /healthz HTTP/1.1\nHost: a\n\n",
    };
    struct world *w = *state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_start(ask(w, bad[i], 1000), "HTTP/1.1 400 ");
    assert_int_equal(w->asked, 0);
}

/* The response may be lost: the kernel resets a connection that is closed with unread bytes. */
static void test_endless_line_ends_the_connection(void **state)
{
    static char request[20000];
    const char *reply;

    memset(request, 'x', sizeof request - 1);
    memcpy(request, "GET /", 5);
    reply = ask(*state, request, sizeof request);
    if (reply[0] != '\0')
        expect_start(reply, "HTTP/1.1 414 ");
}

static void test_port_in_use(void **state)
{
    struct world *w = *state;
    char reason[OPS_REASON_SIZE] = "";
    const struct endpoint unknown = {.host = "no such host", .port = 1};
    struct ops *second;

    assert_int_equal(ops_create(&w->loop, &w->endpoint, handler, w, &second, reason), ERR_BUSY);
    assert_non_null(strstr(reason, "127.0.0.1"));
    assert_non_null(strstr(reason, "in use"));
    assert_int_equal(ops_create(&w->loop, &unknown, handler, w, &second, reason), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_get, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pieces_and_query, setup, teardown),
        cmocka_unit_test_setup_teardown(test_head, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_methods_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_paths_are_not_found, setup, teardown),
        cmocka_unit_test_setup_teardown(test_malformed_requests_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_endless_line_ends_the_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(test_port_in_use, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
