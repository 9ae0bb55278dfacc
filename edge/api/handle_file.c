/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Handles embedded files, redirects of problem types, and OPTIONS *. */

#include "edge/api/handle.h"

#define SECURITY_HEADERS                                                                           \
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "           \
    "connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "                    \
    "frame-ancestors 'none'\r\n"                                                                   \
    "X-Content-Type-Options: nosniff\r\n"                                                          \
    "Referrer-Policy: no-referrer\r\n"

static enum exchange_result respond_asset(struct api_call *call, const struct asset *asset)
{
    const struct http_message *message = call->x->message;
    struct asset_response a = asset_response(asset, http_header(message, "If-None-Match"),
                                             http_header(message, "Accept-Encoding"));
    struct response r;

    buf_str(&call->headers,
            SECURITY_HEADERS "Cache-Control: no-cache\r\nVary: Accept-Encoding\r\n");
    buf_printf(&call->headers, "ETag: %s\r\n", asset->etag);
    if (slice_equal(call->path, SLICE("/")))
        buf_str(&call->headers, "Link: </.well-known/mercure>; rel=\"mercure\"\r\n");
    if (a.gzip)
        buf_str(&call->headers, "Content-Encoding: gzip\r\n");
    r = api_call_response(call);
    r.status = a.status;
    r.type = a.status == 200 ? asset->type : NULL;
    r.body = a.body;
    response_write(call->x->out, &r);
    return EXCHANGE_RESPONDED;
}

enum exchange_result handle_server(struct api_call *call)
{
    return api_call_options(call, METHOD_GET | METHOD_HEAD | METHOD_POST | METHOD_OPTIONS);
}

enum exchange_result handle_file(struct api_call *call)
{
    const struct asset *asset = asset_find(&call->config->assets, call->path);
    unsigned methods = METHOD_GET | METHOD_HEAD | METHOD_OPTIONS;

    if (asset == NULL)
        return api_call_problem(call, 404, "nothing found at this path");
    if (call->method == METHOD_OPTIONS)
        return api_call_options(call, methods);
    if ((call->method & methods) == 0)
        return api_call_not_allowed(call, methods);
    return respond_asset(call, asset);
}

enum exchange_result handle_problem(struct api_call *call)
{
    struct slice prefix = SLICE("/problems/");
    struct slice name = slice_of(call->path.data + prefix.size, call->path.size - prefix.size);
    struct response r;

    if (!problem_is_name(name))
        return api_call_problem(call, 404,
                                "there is no such type of problem; /docs/http lists them");
    buf_str(&call->headers, "Location: ../docs/http#problem-");
    buf_slice(&call->headers, name);
    buf_str(&call->headers, "\r\n");
    r = api_call_response(call);
    r.status = 303;
    response_write(call->x->out, &r);
    return EXCHANGE_RESPONDED;
}
