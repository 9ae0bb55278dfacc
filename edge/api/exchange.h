/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_API_EXCHANGE_H
#define BELFRY_EDGE_API_EXCHANGE_H

/* One HTTP exchange: a request, and the response that the edge's core makes possible. Pure: bytes
 * in, bytes out.
 *
 *   request ──> exchange_start() ──> EXCHANGE_RESPONDED: the response is in `out`
 *                                ──> EXCHANGE_STREAM: the head of the stream is in `out`
 *                                ──> EXCHANGE_WAITS for the core:
 *                                       EDGE_PUBLISHED        ──> exchange_published()
 *                                       EDGE_REPLY, EDGE_PAGE ──> exchange_reply() */

#include "common/base/buf.h"
#include "common/http/http_parser.h"
#include "edge/api/exchange_types.h"
#include "edge/core/edge.h"

#include <stdbool.h>
#include <stdint.h>

/* Starts the exchange of a complete request. */
enum exchange_result exchange_start(const struct exchange_context *context,
                                    const struct exchange_now *now, struct exchange *x);

/* Appends the response of x->publish_request, which must be done. */
void exchange_published(const struct exchange_context *context, const struct exchange_now *now,
                        struct exchange *x);

/* Takes the core's reply to x->pending, an EDGE_REPLY or EDGE_PAGE. The request may become a stream
 * now. The caller destroys x->pending afterwards. */
enum exchange_result exchange_reply(const struct exchange_context *context,
                                    const struct exchange_now *now, struct exchange *x,
                                    const struct edge_action *action);

/* Executes an EDGE_SESSION (a change of one of this edge's streams, which another edge requests)
 * and hands its outcome to the core. */
void exchange_session(const struct exchange_context *context, const struct exchange_now *now,
                      const struct edge_action *action);

/* Returns true if a handler wants the body, so that 100 Continue should be sent. */
bool exchange_wants_body(const struct http_message *message);

/* Returns true if exchange.peer is needed even without limits. */
bool exchange_wants_peer(const struct http_message *message);

/* Appends the error response to a malformed or too slow request. The connection must be closed
 * after it. */
void exchange_refuse(const struct exchange_context *context, struct buf *out,
                     const struct exchange_now *now, int status, const char *detail);

/* Appends a `retry:` line with a random delay of 1 to 5 s, for a client that should reconnect to
 * another edge. */
void exchange_write_retry(struct buf *out, uint32_t random);

#endif
