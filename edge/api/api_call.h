/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_API_API_CALL_H
#define BELFRY_EDGE_API_API_CALL_H

/* One request as handlers see it, and the responses that all of them use. It is the inside of
 * edge/api/exchange.h. Pure. */

#include "common/base/buf.h"
#include "common/base/slice.h"
#include "edge/access/access.h"
#include "edge/api/exchange_types.h"
#include "edge/http/request.h"
#include "edge/http/response.h"

#include <stdbool.h>
#include <stdint.h>

/* The topic of a request that names none. */
#define API_CALL_DEFAULT_TOPIC "chat"

struct api_call {
    const struct exchange_context *context;
    const struct exchange_config *config; /* of the context */
    const struct exchange_now *now;
    struct exchange *x;
    enum method method;
    struct slice path;     /* decoded */
    struct slice raw_path; /* as it was sent */
    struct slice query;    /* as it was sent */
    struct buf headers;    /* header lines of the response; those of CORS at the start */
    struct access access;  /* valid after api_call_admit() */

    /* Event id of the record that the client's Last-Event-ID names, if that is a publisher's id.
     * Absent: the broker was not asked, or does not know it. */
    struct slice found_id;
};

/* Returns a response with the fields that all responses share. It ends `headers` with a NUL that
 * does not count in their size. */
struct response api_call_response(struct api_call *call);

/* Responds with a problem document (RFC 9457). */
enum exchange_result api_call_problem(struct api_call *call, int status, const char *detail);

#define API_CALL_BAD_QUERY "the query is not percent-encoded, or has more than 1000 fields"

/* Parses the query; the caller clears *out_query. Returns false after responding with a problem. */
bool api_call_query(struct api_call *call, struct form *out_query);

/* Responds with the problem of an error from the core or from the broker. */
enum exchange_result api_call_error(struct api_call *call, enum err err, const char *detail);

/* Determines what the sender of the request may do. Returns false after responding with a
 * refusal. */
bool api_call_admit(struct api_call *call, const struct form *query, enum access_need need,
                    bool writes);

/* Returns the client's address: the one that a trusted proxy names, or the address of the peer. */
struct address api_call_address(const struct api_call *call);

/* Returns the client whose limits apply. It is valid as long as the call. */
struct limits_client api_call_client(const struct api_call *call);

/* Reads the query's `topic` fields; without any, the default topic. `selectors` must have room for
 * at least max(1, config->stream_topics) of them. Returns an error text, or NULL. */
const char *api_call_selectors(const struct api_call *call, const struct form *query,
                               struct slice *selectors, size_t *out_count);

/* Responds to OPTIONS, and to a CORS preflight. */
enum exchange_result api_call_options(struct api_call *call, unsigned methods);

/* Responds with 405 and the methods that the path allows. */
enum exchange_result api_call_not_allowed(struct api_call *call, unsigned methods);

#endif
