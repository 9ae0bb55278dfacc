/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/shell/inbound.h"

#include "common/base/mem.h"

struct inbound *inbound_create(const struct http_limits *limits, size_t rest_max)
{
    struct inbound *in = mem_alloc(sizeof *in);

    in->http = http_parser_create(limits);
    in->keep_alive = true;
    buf_init(&in->rest, rest_max);
    return in;
}

void inbound_settle(struct inbound *in)
{
    publish_request_destroy(in->publish_request);
    in->publish_request = NULL;
    asking_destroy(in->asking);
    in->asking = NULL;
}

void inbound_destroy(struct inbound *in)
{
    if (in == NULL)
        return;
    http_parser_destroy(in->http);
    buf_clear(&in->rest);
    inbound_settle(in);
    mem_free(in);
}

void inbound_next(struct inbound *in)
{
    http_parser_next(in->http);
    in->keep_alive = true;
}
