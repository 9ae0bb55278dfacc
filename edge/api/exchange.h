/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_API_EXCHANGE_H
#define BELFRY_EDGE_API_EXCHANGE_H

/* One HTTP exchange: what to answer to a request, given the edge's core. Pure: bytes in, bytes out.
 *
 *   request ──> exchange_start() ──> answered: the response is in `out`
 *                               ──> opens a stream: its head is in `out`
 *                               ──> waits for the core:  EDGE_PUBLISHED ──> exchange_published()
 *                                                        EDGE_REPLY, EDGE_PAGE ──> exchange_reply() */

#include "common/base/buf.h"
#include "common/http/http_parser.h"
#include "edge/api/exchange_types.h"
#include "edge/core/edge.h"

#include <stdbool.h>
#include <stdint.h>

enum exchange_result exchange_start(const struct exchange_context *context,
                                    const struct exchange_now *now, struct exchange *x);

/* Appends the response of x->publish_request, which is done. */
void exchange_published(const struct exchange_context *context, const struct exchange_now *now,
                        struct exchange *x);

/* Takes the core's answer to x->pending. The request may become a stream now. x->pending stays the caller's, and
 * is over. */
enum exchange_result exchange_reply(const struct exchange_context *context,
                                    const struct exchange_now *now, struct exchange *x,
                                    const struct edge_action *action);

/* Does an EDGE_SESSION, and tells the core its outcome. */
void exchange_session(const struct exchange_context *context, const struct exchange_now *now,
                      const struct edge_action *action);

/* Whether to say 100 Continue to a request whose head alone has come: true when a handler wants the body. */
bool exchange_wants_body(const struct http_message *message);

/* Whether exchange.peer is needed also when there are no limits. */
bool exchange_wants_peer(const struct http_message *message);

/* Appends the answer to bytes that are no request, or came too slowly: a problem, and a close. */
void exchange_refuse(const struct exchange_context *context, struct buf *out,
                     const struct exchange_now *now, int status, const char *detail);

/* Appends a jittered `retry:` line, a few seconds, for a client that is to come back to another edge. */
void exchange_write_retry(struct buf *out, uint32_t random);

#endif
