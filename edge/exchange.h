/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_EXCHANGE_H
#define BELFRY_EDGE_EXCHANGE_H

/* One HTTP exchange: what to answer to a request, given the edge's core. Pure: bytes in, bytes out.
 *
 *   request ──> exchange_start() ──> answered: the response is in `out`
 *                               ──> opens a stream: its head is in `out`
 *                               ──> waits for the broker: edge/publishing.h */

#include "common/buf.h"
#include "common/err.h"
#include "common/event_id.h"
#include "common/http.h"
#include "edge/assets.h"
#include "edge/edge.h"
#include "edge/publishing.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct exchange_config {
    struct edge *edge;
    struct asset_table assets;
    size_t data_max;        /* bytes of a record's data */
    uint32_t retry_ms;      /* sent at the start of a stream, give or take 20 % */
    uint32_t stream_topics; /* `topic` fields of one stream */
    publishing_read_json *read_json;
};

/* The time and the chance of one moment. */
struct exchange_now {
    uint64_t ms;      /* the core's clock */
    uint32_t random;  /* any 32 bits */
    const char *date; /* for Date, or NULL */
};

#define EXCHANGE_HISTORY_MAX 10000 /* history=N of a stream */

enum exchange_result {
    EXCHANGE_ANSWERED,
    EXCHANGE_STREAM, /* *out_stream is open; when its head is out, say edge_writable() */
    EXCHANGE_WAITS,  /* *out_publishing is the caller's, and not done */
};

/* Answers `message`. `owner` is the shell's connection. Appends to `out`, whose failure (see buf_ok()) is the
 * caller's to notice. *keep_alive: in, whether the connection may live on; out, whether it does: when it
 * does not, close it behind the response. */
enum exchange_result exchange_start(const struct exchange_config *config,
                                    const struct exchange_now *now,
                                    const struct http_message *message, void *owner,
                                    struct buf *out, bool *keep_alive,
                                    struct publishing **out_publishing, struct stream **out_stream);

/* Appends the response of a publish that is done. */
void exchange_finish(const struct publishing *p, const struct exchange_now *now, bool keep_alive,
                     struct buf *out);

/* Whether to say 100 Continue to a request whose head alone has come: true when a handler wants the body. */
bool exchange_wants_body(const struct http_message *message);

/* Appends the answer to bytes that are no request, or came too slowly: a problem, and a close. */
void exchange_refuse(struct buf *out, const struct exchange_now *now, int status,
                     const char *detail);

/* Appends a jittered `retry:` line, a few seconds, for a client that is to come back to another edge. */
void exchange_come_back(struct buf *out, uint32_t random);

#endif
