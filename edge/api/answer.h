/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_API_ANSWER_H
#define BELFRY_EDGE_API_ANSWER_H

/* The inside of edge/api/exchange.h: what the handlers of all routes share. Pure. */

#include "common/base/buf.h"
#include "common/base/slice.h"
#include "edge/access/access.h"
#include "edge/api/exchange_parts.h"
#include "edge/http/request.h"
#include "edge/http/response.h"

#include <stdbool.h>
#include <stdint.h>

/* The topic of the tutorials' routes. */
#define ANSWER_DEFAULT_TOPIC "chat"

/* What the handlers of one request share. */
struct call {
    const struct exchange_context *context;
    const struct exchange_config *config; /* of the context */
    const struct exchange_now *now;
    struct exchange *x;
    enum method method;
    struct slice path;     /* decoded */
    struct slice raw_path; /* as it was sent */
    struct slice query;    /* as it was sent */
    struct buf headers;    /* lines of every response: CORS */
    struct access access;  /* after answer_admit() */
    struct slice
        found; /* the place of the publisher's id that the client has seen last; or absent */
};

/* Appends a NUL to the headers for the response's `extra`; they are not longer by it. */
struct response answer_base(struct call *call);

enum exchange_result answer_problem(struct call *call, int status, const char *detail);

#define ANSWER_BAD_QUERY "the query is not percent-encoded, or has over 1000 fields"

/* The query's fields, to be cleared. False: the problem is written. */
bool answer_query(struct call *call, struct form *out_query);

/* The problem that an error of the core, or of the broker's answer, is. */
enum exchange_result answer_error(struct call *call, enum err err, const char *detail);

/* Finds out what the request's sender may do. False: the refusal is written. */
bool answer_admit(struct call *call, const struct form *query, enum access_need need, bool writes);

/* The client's own address: a trusted proxy's word for it, or that of who is connected. */
struct address answer_address(const struct call *call);

/* Whose limits count. Valid as long as the call. */
struct limits_client answer_client(const struct call *call);

/* The query's `topic` fields, at least one: `selectors` has room for the stream_topics of the configuration.
 * Returns a complaint, or NULL. */
const char *answer_selectors(const struct call *call, const struct form *query,
                             struct slice *selectors, size_t *out_count);

/* Answers a publish whose outcome is known; otherwise the exchange has it until then. In handle_publish.c. */
enum exchange_result answer_publish(struct call *call, struct publish_request *p);

/* Errors as Mercure's clients know them: one line of text. In handle_mercure.c. */
struct mercure_refusal;
enum exchange_result answer_mercure_text(struct call *call, int status, const char *detail);
enum exchange_result answer_mercure_refusal(struct call *call,
                                            const struct mercure_refusal *refusal);

/* Takes the place that "find" gave for the stream's Last-Event-ID: call->found, in `id`. An id that nobody knows is the
 * core's to judge, which tells the stream so. False: there was no answer; the client must come back. */
bool answer_take_found(struct call *call, const struct edge_action *action, char id[EVENT_ID_SIZE]);

/* exchange_come_back(), in handle_stream.c */
void answer_come_back(struct buf *out, uint32_t random);

enum exchange_result answer_options(struct call *call, unsigned methods);
enum exchange_result answer_not_allowed(struct call *call, unsigned methods);

/* Opens a stream and begins its response; one that can't be had now is a response that sends the client away, to come
 * back. */
enum exchange_result answer_begin_stream(struct call *call, const struct subscribe *spec);

/* Opens a stream within the client's limits: call->x->stream and its lease. ERR_BUSY: it has as many as it may have;
 * otherwise as edge_subscribe(). */
MUST_CHECK enum err answer_open_stream(struct call *call, const struct subscribe *spec);

#endif
