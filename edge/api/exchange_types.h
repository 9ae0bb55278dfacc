/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_API_EXCHANGE_TYPES_H
#define BELFRY_EDGE_API_EXCHANGE_TYPES_H

/* The types of edge/api/exchange.h: configuration, context, and one exchange. Pure data. */

#include "common/base/buf.h"
#include "common/http/http_parser.h"
#include "edge/access/access.h"
#include "edge/access/limits.h"
#include "edge/api/assets.h"
#include "edge/api/pending_query.h"
#include "edge/core/counters.h"
#include "edge/core/edge.h"
#include "edge/publish/publish_request.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The part of the configuration that exchanges use. */
struct exchange_config {
    struct asset_table assets;
    size_t data_max;        /* maximum size of a record's data, in bytes */
    uint32_t retry_ms;      /* retry: at the start of a stream, varied by up to 20 % */
    uint32_t stream_topics; /* maximum number of `topic` fields of a stream or page */
    bool subscriptions;     /* Mercure's subscription API and events are on */
    struct access_config access;
    struct slice hub_url; /* public URL of Mercure's hub; URL patterns are relative to it */
    const struct networks *proxies; /* proxies whose X-Forwarded-For is trusted, or NULL */
};

/* The configuration and the objects that exchanges use. All are borrowed. */
struct exchange_context {
    const struct exchange_config *config;
    struct edge *edge;
    struct access_rules access;     /* its configuration is config->access */
    struct limits *limits;          /* or NULL */
    struct http_counters *counters; /* or NULL */
};

/* The current time, and a random number. */
struct exchange_now {
    uint64_t ms;      /* the core's clock */
    uint64_t unix_ms; /* wall clock */
    uint32_t random;  /* any 32 bits */
    const char *date; /* value of the Date header, or NULL */
};

/* A request and its outcome. */
struct exchange {
    const struct http_message *message; /* must stay valid until the response is written */
    void *owner;                        /* the shell's connection, which the core's actions name */
    struct address peer;                /* address of the peer; needed when there are limits */
    struct buf *out;                    /* output; the caller checks buf_ok() */

    /* In: the connection may stay open. Out: it stays open; false: the caller closes it after the
     * response. */
    bool keep_alive;

    /* Outputs, which the caller owns. */
    struct publish_request *publish_request; /* EXCHANGE_WAITS: either this one or `pending` */
    struct pending_query *pending;
    struct stream *stream;      /* EXCHANGE_STREAM */
    struct limits_lease *lease; /* EXCHANGE_STREAM: to release at the stream's end, or NULL */
};

#define EXCHANGE_HISTORY_MAX 10000 /* maximum of a stream's history=N */

enum exchange_result {
    EXCHANGE_RESPONDED,
    EXCHANGE_STREAM, /* call edge_writable() once the head is written */
    EXCHANGE_WAITS,
};

#endif
