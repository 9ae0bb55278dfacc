/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/client_posix.h"

#include "broker/ctl/lib/cli_posix.h"
#include "broker/ctl/lib/problem.h"
#include "common/token/watched_file_posix.h"

#include <stdio.h>
#include <string.h>

#define TOKEN_MAX 16384
#define ANSWER_MAX (64u << 20)
#define READ_SIZE 65536

static enum err fail(enum err err, const char *what, const char *why,
                     char reason[CLIENT_REASON_SIZE])
{
    (void)snprintf(reason, CLIENT_REASON_SIZE, "%.300s: %.320s", what, why);
    return err;
}

static enum err read_token(struct client *c, const struct client_options *options,
                           char reason[CLIENT_REASON_SIZE])
{
    char why[WATCHED_FILE_REASON_SIZE];
    struct watched_file file;

    if (options->token_file[0] == '\0') {
        buf_str(&c->token_text, options->token);
    } else {
        watched_file_init(&file, options->token_file);
        if (watched_file_read(&file, &c->token_text, why) != OK) {
            (void)snprintf(reason, CLIENT_REASON_SIZE, "--token-file: %s", why);
            return ERR_NOT_FOUND;
        }
    }
    if (!buf_ok(&c->token_text) || target_token(buf_all(&c->token_text), &c->token) != OK)
        return fail(ERR_INVALID, "--token", "too long, or white space in it", reason);
    return OK;
}

enum err client_init(struct client *c, const struct client_options *options,
                     char reason[CLIENT_REASON_SIZE])
{
    char why[TARGET_REASON_SIZE];

    *c = (struct client){.rules = {.ca_file = options->ca_file, .insecure = options->insecure}};
    buf_init(&c->token_text, TOKEN_MAX);
    if (target_parse(options->url, &c->target, why) != OK) {
        (void)snprintf(reason, CLIENT_REASON_SIZE, "%s", why);
        return ERR_INVALID;
    }
    return read_token(c, options, reason);
}

void client_clear(struct client *c)
{
    buf_clear(&c->token_text);
}

static enum err send_request(const struct client *c, struct conn *conn,
                             const struct target_request *request, uint64_t deadline)
{
    struct buf bytes;
    enum err err;

    buf_init(&bytes, ANSWER_MAX);
    target_request(&bytes, &c->target, request);
    err = buf_ok(&bytes) ? conn_send(conn, buf_all(&bytes), deadline) : ERR_TOO_LARGE;
    buf_clear(&bytes);
    return err;
}

enum err client_more(struct client_call *call, uint64_t deadline)
{
    char bytes[READ_SIZE];
    size_t size;
    enum err err = http_reply_done(call->reply)
                       ? ERR_CLOSED
                       : conn_receive(call->conn, bytes, sizeof bytes, deadline, &size);

    if (err == OK)
        return http_reply_feed(call->reply, slice_of(bytes, size));
    if (err == ERR_CLOSED && http_reply_end(call->reply) != OK)
        return ERR_CLOSED;
    return err;
}

static const char *complaint(enum err err)
{
    if (err == ERR_TIMEOUT)
        return "no answer in time";
    if (err == ERR_CLOSED)
        return "the connection was closed in the middle of an answer";
    if (err == ERR_MALFORMED)
        return "what answers there does not speak HTTP/1";
    return err_text(err);
}

static enum err open_call(const struct client *c, const struct target_request *request,
                          uint64_t deadline, struct client_call *call,
                          char reason[CLIENT_REASON_SIZE])
{
    uint64_t connect_by = cli_now_ms() + CLIENT_CONNECT_MS;
    char why[CONN_REASON_SIZE];
    enum err err = conn_open(&c->target, &c->rules, connect_by < deadline ? connect_by : deadline,
                             &call->conn, why);

    if (err != OK) {
        (void)snprintf(reason, CLIENT_REASON_SIZE, "%s", why);
        return err;
    }
    err = send_request(c, call->conn, request, deadline);
    if (err == ERR_CLOSED)
        err = OK; /* an answer may have come before the end of our request */
    while (err == OK && !http_reply_has_head(call->reply))
        err = client_more(call, deadline);
    return err == OK ? OK : fail(err, c->target.authority, complaint(err), reason);
}

enum err client_open(const struct client *c, const struct target_request *request, size_t body_max,
                     uint64_t deadline, struct client_call *out, char reason[CLIENT_REASON_SIZE])
{
    struct client_call call = {.reply = http_reply_create(body_max)};
    enum err err = open_call(c, request, deadline, &call, reason);

    if (err == OK)
        *out = call;
    else
        client_close(&call);
    return err;
}

void client_close(struct client_call *call)
{
    conn_close(call->conn);
    http_reply_destroy(call->reply);
    *call = (struct client_call){.conn = NULL};
}

enum err client_finish(const struct client *c, struct client_call *call, uint64_t deadline,
                       char reason[CLIENT_REASON_SIZE])
{
    enum err err = OK;

    while (err == OK && !http_reply_done(call->reply))
        err = client_more(call, deadline);
    if (http_reply_done(call->reply))
        return OK;
    return fail(err, c->target.authority, complaint(err), reason);
}

void client_explain(const struct client *c, const struct client_call *call,
                    char reason[CLIENT_REASON_SIZE])
{
    struct slice type = http_reply_header(call->reply, "Content-Type");
    int status = http_reply_status(call->reply);
    struct buf text;

    buf_init(&text, 2048);
    buf_printf(&text, "%d: ", status);
    if (!slice_starts(type, SLICE("application/problem+json")) ||
        !problem_text(buf_all(http_reply_body(call->reply)), &text))
        buf_str(&text, "the answer is none of an edge");
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

enum err client_ask(const struct client *c, const struct target_request *request, uint64_t deadline,
                    struct buf *out, int *out_status, char reason[CLIENT_REASON_SIZE])
{
    struct client_call call;
    enum err err = client_open(c, request, ANSWER_MAX, deadline, &call, reason);

    *out_status = 0;
    if (err != OK)
        return err;
    err = client_finish(c, &call, deadline, reason);
    if (err == OK) {
        *out_status = http_reply_status(call.reply);
        err = from_status(*out_status);
        if (err == OK)
            buf_slice(out, buf_all(http_reply_body(call.reply)));
        else
            client_explain(c, &call, reason);
    }
    client_close(&call);
    return err;
}
