/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_HTTP_CLIENT_POSIX_H
#define BELFRY_BROKER_CTL_LIB_HTTP_CLIENT_POSIX_H

/* An HTTP client for edges: requests with short answers, and streams. */

#include "broker/ctl/lib/http_request.h"
#include "broker/ctl/lib/http_response.h"
#include "broker/ctl/lib/transport.h"
#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_CLIENT_REASON_SIZE 640
#define HTTP_CLIENT_CONNECT_MS 1800 /* so that a dead edge is told within 2 s */
#define HTTP_CLIENT_ANSWER_MS 15000 /* an edge answers a publish after 5 s at most */

/* What commands that talk to an edge have as options: members of the same names. */
struct http_client_options {
    const char *url;
    const char *token;
    const char *token_file;
    const char *ca_file;
    bool insecure;
};

#define HTTP_CLIENT_URL_OPTION(target)                                                             \
    {.name = "url",                                                                                \
     .type = OPTION_STRING,                                                                        \
     .fallback = "http://127.0.0.1:8080",                                                          \
     .value = "URL",                                                                               \
     .help = "Where an edge is, or the proxy before it.",                                          \
     .field = offsetof(target, client.url)}
#define HTTP_CLIENT_OPTIONS(target)                                                                \
    {.name = "token",                                                                              \
     .type = OPTION_STRING,                                                                        \
     .value = "TOKEN",                                                                             \
     .help = "For an edge with keys (better as BELFRY_TOKEN: others see command lines).",          \
     .field = offsetof(target, client.token)},                                                     \
        {.name = "token-file",                                                                     \
         .type = OPTION_STRING,                                                                    \
         .value = "FILE",                                                                          \
         .help = "The token is in this file.",                                                     \
         .field = offsetof(target, client.token_file)},                                            \
        {.name = "ca-file",                                                                        \
         .type = OPTION_STRING,                                                                    \
         .value = "FILE",                                                                          \
         .help = "https: trust these certificates (PEM) instead of the system's.",                 \
         .field = offsetof(target, client.ca_file)},                                               \
    {                                                                                              \
        .name = "insecure", .type = OPTION_FLAG, .help = "https: trust any certificate.",          \
        .field = offsetof(target, client.insecure)                                                 \
    }

struct http_client {
    struct http_target target;
    struct transport_rules rules;
    struct buf token_text;
    struct slice token;
};

/* The options must outlive the client. ERR_INVALID, ERR_NOT_FOUND …, with one line in `reason`.
 * Clear it whatever comes of it. */
MUST_CHECK enum err http_client_init(struct http_client *c,
                                     const struct http_client_options *options,
                                     char reason[HTTP_CLIENT_REASON_SIZE]);
void http_client_clear(struct http_client *c);

/* One request and its answer. */
struct http_exchange {
    struct transport *transport;
    struct http_response *response;
};

/* Sends the request and reads the head of the answer. `body_max` as for http_response_create(). On
 * failure there is nothing to close. Deadlines are of cli_now_ms(). */
MUST_CHECK enum err http_client_open(const struct http_client *c,
                                     const struct http_request *request, size_t body_max,
                                     uint64_t deadline, struct http_exchange *out,
                                     char reason[HTTP_CLIENT_REASON_SIZE]);
void http_client_close(struct http_exchange *exchange);

/* Reads more of the body, at least one byte. ERR_TIMEOUT, ERR_CLOSED (its end: http_response_done()
 * says whether it was complete), ERR_MALFORMED, ERR_TOO_LARGE. */
MUST_CHECK enum err http_client_more(struct http_exchange *exchange, uint64_t deadline);

/* The rest of the body. Errors with a reason. */
MUST_CHECK enum err http_client_finish(const struct http_client *c, struct http_exchange *exchange,
                                       uint64_t deadline, char reason[HTTP_CLIENT_REASON_SIZE]);

/* A whole request; the answer's body is appended to `out`. ERR_DENIED …: any status but 2xx, with
 * what the server says in `reason`; *out_status is set when there was an answer, otherwise 0. */
MUST_CHECK enum err http_client_ask(const struct http_client *c, const struct http_request *request,
                                    uint64_t deadline, struct buf *out, int *out_status,
                                    char reason[HTTP_CLIENT_REASON_SIZE]);

/* What an answer that is none of 2xx says, as one line: the problem's detail, or the status
 * alone. */
void http_client_explain(const struct http_client *c, const struct http_exchange *exchange,
                         char reason[HTTP_CLIENT_REASON_SIZE]);

#endif
