/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_API_API_CALL_H
#define BELFRY_EDGE_API_API_CALL_H

/* The inside of edge/api/exchange.h: what the handlers of all routes share. Pure. */

#include "common/base/buf.h"
#include "common/base/slice.h"
#include "edge/access/access.h"
#include "edge/api/exchange_types.h"
#include "edge/http/request.h"
#include "edge/http/response.h"

#include <stdbool.h>
#include <stdint.h>

/* The topic of the tutorials' routes. */
#define API_CALL_DEFAULT_TOPIC "chat"

/* What the handlers of one request share. */
struct api_call {
    const struct exchange_context *context;
    const struct exchange_config *config; /* of the context */
    const struct exchange_now *now;
    struct exchange *x;
    enum method method;
    struct slice path;     /* decoded */
    struct slice raw_path; /* as it was sent */
    struct slice query;    /* as it was sent */
    struct buf headers;    /* lines of every response: CORS */
    struct access access;  /* after api_call_admit() */
    struct slice
        found_id; /* the place of the publisher's id that the client has seen last; or absent */
};

/* Appends a NUL to the headers for the response's `extra`; they are not longer by it. */
struct response api_call_response(struct api_call *call);

enum exchange_result api_call_problem(struct api_call *call, int status, const char *detail);

#define API_CALL_BAD_QUERY "the query is not percent-encoded, or has over 1000 fields"

/* The query's fields, to be cleared. False: the problem is written. */
bool api_call_query(struct api_call *call, struct form *out_query);

/* The problem that an error of the core, or of the broker's answer, is. */
enum exchange_result api_call_error(struct api_call *call, enum err err, const char *detail);

/* Finds out what the request's sender may do. False: the refusal is written. */
bool api_call_admit(struct api_call *call, const struct form *query, enum access_need need,
                    bool writes);

/* The client's own address: a trusted proxy's word for it, or that of who is connected. */
struct address api_call_address(const struct api_call *call);

/* Whose limits count. Valid as long as the call. */
struct limits_client api_call_client(const struct api_call *call);

/* The query's `topic` fields, at least one: `selectors` has room for the stream_topics of the configuration.
 * Returns a complaint, or NULL. */
const char *api_call_selectors(const struct api_call *call, const struct form *query,
                               struct slice *selectors, size_t *out_count);

enum exchange_result api_call_options(struct api_call *call, unsigned methods);
enum exchange_result api_call_not_allowed(struct api_call *call, unsigned methods);

#endif
