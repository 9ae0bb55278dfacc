/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/http_client_posix.h"

#include "broker/ctl/lib/cli_posix.h"
#include "broker/ctl/lib/problem_details.h"
#include "common/token/watched_file_posix.h"

#include <stdio.h>
#include <string.h>

#define TOKEN_MAX 16384
#define ANSWER_MAX (64u << 20)
#define READ_SIZE 65536

static enum err fail(enum err err, const char *what, const char *why,
                     char reason[HTTP_CLIENT_REASON_SIZE])
{
    (void)snprintf(reason, HTTP_CLIENT_REASON_SIZE, "%.300s: %.320s", what, why);
    return err;
}

static enum err read_token(struct http_client *c, const struct http_client_options *options,
                           char reason[HTTP_CLIENT_REASON_SIZE])
{
    char why[WATCHED_FILE_REASON_SIZE];
    struct watched_file file;

    if (options->token_file[0] == '\0') {
        buf_str(&c->token_text, options->token);
    } else {
        watched_file_init(&file, options->token_file);
        if (watched_file_read(&file, &c->token_text, why) != OK) {
            (void)snprintf(reason, HTTP_CLIENT_REASON_SIZE, "--token-file: %s", why);
            return ERR_NOT_FOUND;
        }
    }
    if (!buf_ok(&c->token_text) || http_request_token(buf_all(&c->token_text), &c->token) != OK)
        return fail(ERR_INVALID, "--token", "too long, or contains white space", reason);
    return OK;
}

enum err http_client_init(struct http_client *c, const struct http_client_options *options,
                          char reason[HTTP_CLIENT_REASON_SIZE])
{
    char why[HTTP_TARGET_REASON_SIZE];

    *c =
        (struct http_client){.rules = {.ca_file = options->ca_file, .insecure = options->insecure}};
    buf_init(&c->token_text, TOKEN_MAX);
    if (http_target_parse(options->url, &c->target, why) != OK) {
        (void)snprintf(reason, HTTP_CLIENT_REASON_SIZE, "%s", why);
        return ERR_INVALID;
    }
    return read_token(c, options, reason);
}

void http_client_clear(struct http_client *c)
{
    buf_clear(&c->token_text);
}

static enum err send_request(const struct http_client *c, struct transport *transport,
                             const struct http_request *request, uint64_t deadline)
{
    struct buf bytes;
    enum err err;

    buf_init(&bytes, ANSWER_MAX);
    http_request_write(&bytes, &c->target, request);
    err = buf_ok(&bytes) ? transport_send(transport, buf_all(&bytes), deadline) : ERR_TOO_LARGE;
    buf_clear(&bytes);
    return err;
}

enum err http_client_more(struct http_exchange *exchange, uint64_t deadline)
{
    char bytes[READ_SIZE];
    size_t size;
    enum err err =
        http_response_done(exchange->response)
            ? ERR_CLOSED
            : transport_receive(exchange->transport, bytes, sizeof bytes, deadline, &size);

    if (err == OK)
        return http_response_feed(exchange->response, slice_of(bytes, size));
    if (err == ERR_CLOSED && http_response_end(exchange->response) != OK)
        return ERR_CLOSED;
    return err;
}

static const char *complaint(enum err err)
{
    if (err == ERR_TIMEOUT)
        return "no response in time";
    if (err == ERR_CLOSED)
        return "the connection was closed before the response was complete";
    if (err == ERR_MALFORMED)
        return "the response is not HTTP/1";
    return err_text(err);
}

static enum err open_call(const struct http_client *c, const struct http_request *request,
                          uint64_t deadline, struct http_exchange *exchange,
                          char reason[HTTP_CLIENT_REASON_SIZE])
{
    uint64_t connect_by = cli_now_ms() + HTTP_CLIENT_CONNECT_MS;
    char why[TRANSPORT_REASON_SIZE];
    enum err err =
        transport_open(&c->target, &c->rules, connect_by < deadline ? connect_by : deadline,
                       &exchange->transport, why);

    if (err != OK) {
        (void)snprintf(reason, HTTP_CLIENT_REASON_SIZE, "%s", why);
        return err;
    }
    err = send_request(c, exchange->transport, request, deadline);
    if (err == ERR_CLOSED)
        err = OK; /* the server may have responded before the end of our request */
    while (err == OK && !http_response_has_head(exchange->response))
        err = http_client_more(exchange, deadline);
    return err == OK ? OK : fail(err, c->target.authority, complaint(err), reason);
}

enum err http_client_open(const struct http_client *c, const struct http_request *request,
                          size_t body_max, uint64_t deadline, struct http_exchange *out,
                          char reason[HTTP_CLIENT_REASON_SIZE])
{
    struct http_exchange exchange = {.response = http_response_create(body_max)};
    enum err err = open_call(c, request, deadline, &exchange, reason);

    if (err == OK)
        *out = exchange;
    else
        http_client_close(&exchange);
    return err;
}

void http_client_close(struct http_exchange *exchange)
{
    transport_close(exchange->transport);
    http_response_destroy(exchange->response);
    *exchange = (struct http_exchange){.transport = NULL};
}

enum err http_client_finish(const struct http_client *c, struct http_exchange *exchange,
                            uint64_t deadline, char reason[HTTP_CLIENT_REASON_SIZE])
{
    enum err err = OK;

    while (err == OK && !http_response_done(exchange->response))
        err = http_client_more(exchange, deadline);
    if (http_response_done(exchange->response))
        return OK;
    return fail(err, c->target.authority, complaint(err), reason);
}

void http_client_explain(const struct http_client *c, const struct http_exchange *exchange,
                         char reason[HTTP_CLIENT_REASON_SIZE])
{
    struct slice type = http_response_header(exchange->response, "Content-Type");
    int status = http_response_status(exchange->response);
    struct buf text;

    buf_init(&text, 2048);
    buf_printf(&text, "%d: ", status);
    if (!slice_starts(type, SLICE("application/problem+json")) ||
        !problem_details_text(buf_all(http_response_body(exchange->response)), &text))
        buf_str(&text, "not a response of an edge");
    buf_char(&text, '\0');
    (void)fail(OK, c->target.authority, buf_ok(&text) ? text.data : "an error", reason);
    buf_clear(&text);
}

static enum err from_status(int status)
{
    if (status >= 200 && status < 300)
        return OK;
    if (status == 401 || status == 403)
        return ERR_DENIED;
    if (status == 409)
        return ERR_CONFLICT;
    return status == 503 ? ERR_UNAVAILABLE : ERR_INVALID;
}

enum err http_client_request(const struct http_client *c, const struct http_request *request,
                             uint64_t deadline, struct buf *out, int *out_status,
                             char reason[HTTP_CLIENT_REASON_SIZE])
{
    struct http_exchange exchange;
    enum err err = http_client_open(c, request, ANSWER_MAX, deadline, &exchange, reason);

    *out_status = 0;
    if (err != OK)
        return err;
    err = http_client_finish(c, &exchange, deadline, reason);
    if (err == OK) {
        *out_status = http_response_status(exchange.response);
        err = from_status(*out_status);
        if (err == OK)
            buf_slice(out, buf_all(http_response_body(exchange.response)));
        else
            http_client_explain(c, &exchange, reason);
    }
    http_client_close(&exchange);
    return err;
}
