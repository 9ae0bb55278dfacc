/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/shell/conn_request.h"

#include "common/base/mem.h"

#include <assert.h>

struct conn_request *conn_request_create(const struct http_limits *limits, size_t rest_max)
{
    struct conn_request *request = mem_alloc(sizeof *request);

    request->http = http_parser_create(limits);
    request->keep_alive = true;
    buf_init(&request->rest, rest_max);
    return request;
}

void conn_request_resolve(struct conn_request *request)
{
    publish_request_destroy(request->publish_request);
    request->publish_request = NULL;
    pending_query_destroy(request->pending);
    request->pending = NULL;
}

void conn_request_destroy(struct conn_request *request)
{
    if (request == NULL)
        return;
    http_parser_destroy(request->http);
    buf_clear(&request->rest);
    conn_request_resolve(request);
    mem_free(request);
}

void conn_request_next(struct conn_request *request)
{
    assert(request->publish_request == NULL && request->pending == NULL);
    http_parser_next(request->http);
    request->keep_alive = true;
}
