/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_API_EXCHANGE_TYPES_H
#define BELFRY_EDGE_API_EXCHANGE_TYPES_H

/* What an exchange (edge/api/exchange.h) works with: pure data. */

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

/* What the operator has chosen. */
struct exchange_config {
    struct asset_table assets;
    size_t data_max;        /* bytes of a record's data */
    uint32_t retry_ms;      /* sent at the start of a stream, give or take 20 % */
    uint32_t stream_topics; /* `topic` fields of one stream or page */
    bool subscriptions;     /* Mercure's are shown and told of */
    struct access_config access;
    struct slice hub_url; /* of Mercure's hub, as clients know it: what URL patterns start from */
    const struct networks *proxies; /* whose X-Forwarded-For counts; NULL: nobody's */
};

/* The configuration, and the objects that exchanges use; all borrowed. */
struct exchange_context {
    const struct exchange_config *config;
    struct edge *edge;
    struct access_rules access;     /* with the configuration's */
    struct limits *limits;          /* NULL: none */
    struct http_counters *counters; /* edge/core/counters.h; NULL: nothing is counted */
};

/* The time and the chance of one moment. */
struct exchange_now {
    uint64_t ms;      /* the core's clock */
    uint64_t unix_ms; /* the wall's */
    uint32_t random;  /* any 32 bits */
    const char *date; /* for Date, or NULL */
};

/* A request and what comes of it. */
struct exchange {
    const struct http_message *message; /* must stay until the response is there */
    void *owner;                        /* the shell's connection, which the core's actions name */
    struct address peer;                /* who is connected; needed when there are limits */
    struct buf *out; /* appended to; its failure (see buf_ok()) is the caller's to notice */
    bool
        keep_alive; /* in: the connection may live on; out: it does, otherwise close it behind the response */

    /* Out: the caller's from then on. */
    struct publish_request *publish_request; /* EXCHANGE_WAITS: one of these two */
    struct pending_query *pending;
    struct stream *stream;      /* EXCHANGE_STREAM */
    struct limits_lease *lease; /* EXCHANGE_STREAM: give it back at the stream's end; may be NULL */
};

#define EXCHANGE_HISTORY_MAX 10000 /* history=N of a stream */

enum exchange_result {
    EXCHANGE_RESPONDED,
    EXCHANGE_STREAM, /* when the head is out, say edge_writable() */
    EXCHANGE_WAITS,
};

#endif
