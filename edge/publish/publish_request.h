/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_PUBLISH_PUBLISH_REQUEST_H
#define BELFRY_EDGE_PUBLISH_PUBLISH_REQUEST_H

/* A publish request in progress: hands its records to the core and collects their outcomes, until
 * the response can be written. Pure. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/token/grants.h"
#include "common/wire/event_id.h"
#include "edge/access/limits.h"
#include "edge/core/edge.h"
#include "edge/http/request.h"
#include "edge/http/response.h"
#include "edge/publish/publish_body.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Maximum size of the response to a batch: PUBLISH_BATCH_MAX lines of at most 400 bytes. */
#define PUBLISH_RESPONSE_MAX (512u << 10)

struct publish_request;

/* A request, as far as publishing needs it. */
struct publish_input {
    struct slice content_type;
    const struct form *query;
    struct slice default_topic; /* of a record that names none */
    struct slice body;
    size_t data_max;             /* bytes of one record's data */
    bool open;                   /* everyone may publish to every topic */
    const struct grants *grants; /* if not open: of the publisher's token; NULL: none */
    struct limits *limits;       /* or NULL */
    struct limits_client client;
};

/* Reads the body and publishes its records. With `atomic=1` in the query, either all records of a
 * batch are stored or none is. ERR_INVALID (the Content-Type is not form, JSON or NDJSON, and the
 * query has no topic), ERR_MALFORMED (a form that cannot be parsed, or an empty batch),
 * ERR_TOO_MANY (more than PUBLISH_BATCH_MAX records), ERR_NO_MEMORY. A record that is not valid
 * or not accepted is not an error here: it is reported in the response. */
MUST_CHECK enum err publish_request_start(struct edge *edge, uint64_t now_ms,
                                          const struct publish_input *request, void *owner,
                                          struct publish_request **out);

/* Publishes one record that the caller has read. The response is text: the record's id (the
 * publisher's, if it gave one), or a line that says why the record was not stored. Of the input
 * only open, grants, limits and client are used. ERR_NO_MEMORY. */
MUST_CHECK enum err publish_request_start_text(struct edge *edge, uint64_t now_ms,
                                               const struct publish_input *request,
                                               const struct publish_body *publish, void *owner,
                                               struct publish_request **out);

/* Takes the outcome of a record; `request` comes from the action EDGE_PUBLISHED. Returns the
 * publish request to which the record belongs. Must be called only once per record. */
struct publish_request *publish_request_outcome(void *request, enum err result, struct epoch epoch,
                                                uint64_t offset);

/* Returns whether all records have an outcome. */
bool publish_request_done(const struct publish_request *p);
/* Returns the `owner` that the request was started with. */
void *publish_request_owner(const struct publish_request *p);

/* Appends the response; the request must be done. `base` has the date, and whether to close. */
void publish_request_respond(const struct publish_request *p, const struct response *base,
                             struct buf *out);

/* Frees the request. Outcomes that are still missing will be ignored. NULL is allowed. */
void publish_request_destroy(struct publish_request *p);

#endif
