/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_HTTP_CLIENT_POSIX_H
#define BELFRY_BROKER_CTL_LIB_HTTP_CLIENT_POSIX_H

/* An HTTP client for edges: requests with short responses, and streams. */

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
#define HTTP_CLIENT_CONNECT_MS 1800   /* a dead edge is reported within 2 s */
#define HTTP_CLIENT_RESPONSE_MS 15000 /* an edge answers a publish within 5 s */

/* The options of commands that talk to an edge. */
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
     .help = "URL of an edge, or of the proxy in front of it.",                                    \
     .field = offsetof(target, client.url)}
#define HTTP_CLIENT_OPTIONS(target)                                                                \
    {.name = "token",                                                                              \
     .type = OPTION_STRING,                                                                        \
     .value = "TOKEN",                                                                             \
     .help = "Token for the edge; BELFRY_TOKEN is safer, since command lines are visible.",        \
     .field = offsetof(target, client.token)},                                                     \
        {.name = "token-file",                                                                     \
         .type = OPTION_STRING,                                                                    \
         .value = "FILE",                                                                          \
         .help = "File that contains the token.",                                                  \
         .field = offsetof(target, client.token_file)},                                            \
        {.name = "ca-file",                                                                        \
         .type = OPTION_STRING,                                                                    \
         .value = "FILE",                                                                          \
         .help = "https: file of certificates (PEM) to trust instead of the system's.",            \
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

/* The options must outlive the client. Returns an error (ERR_INVALID, ERR_NOT_FOUND, ...) with one
 * line in `reason`. The caller clears the client even after an error. */
MUST_CHECK enum err http_client_init(struct http_client *c,
                                     const struct http_client_options *options,
                                     char reason[HTTP_CLIENT_REASON_SIZE]);
void http_client_clear(struct http_client *c);

/* One request and its response. */
struct http_exchange {
    struct transport *transport;
    struct http_response *response;
};

/* Sends the request and reads the head of the response. `body_max` is as for
 * http_response_create(). After an error there is nothing to close. Deadlines are times of
 * cli_now_ms(). */
MUST_CHECK enum err http_client_open(const struct http_client *c,
                                     const struct http_request *request, size_t body_max,
                                     uint64_t deadline, struct http_exchange *out,
                                     char reason[HTTP_CLIENT_REASON_SIZE]);
void http_client_close(struct http_exchange *exchange);

/* Reads at least one more byte of the body. Returns ERR_TIMEOUT, ERR_MALFORMED, ERR_TOO_LARGE, or
 * ERR_CLOSED at its end; then http_response_done() returns whether it is complete. */
MUST_CHECK enum err http_client_more(struct http_exchange *exchange, uint64_t deadline);

/* Reads the rest of the body. Returns an error with a reason. */
MUST_CHECK enum err http_client_finish(const struct http_client *c, struct http_exchange *exchange,
                                       uint64_t deadline, char reason[HTTP_CLIENT_REASON_SIZE]);

/* Sends a request and appends the response's body to `out`. For a status other than 2xx, returns an
 * error (ERR_DENIED, ...) with the server's explanation in `reason`. *out_status is 0 if there was
 * no response. */
MUST_CHECK enum err http_client_request(const struct http_client *c,
                                        const struct http_request *request, uint64_t deadline,
                                        struct buf *out, int *out_status,
                                        char reason[HTTP_CLIENT_REASON_SIZE]);

/* Explains a response other than 2xx in one line: its status, and the problem's detail if there is
 * one. */
void http_client_explain(const struct http_client *c, const struct http_exchange *exchange,
                         char reason[HTTP_CLIENT_REASON_SIZE]);

#endif
