/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_PUBLISH_PUBLISH_REQUEST_H
#define BELFRY_EDGE_PUBLISH_PUBLISH_REQUEST_H

/* A POST /publish on its way: its records have been handed to the core, and their outcomes are collected
 * until the response can be written. Pure. */

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

/* A batch's answer: PUBLISH_BATCH_MAX lines of at most 400 bytes. */
#define PUBLISH_RESPONSE_MAX (512u << 10)

struct publish_request;

struct publish_input {
    struct slice content_type;
    const struct form *query;
    struct slice default_topic;
    struct slice body;
    size_t data_max;             /* bytes of one record's data */
    bool open;                   /* everybody may publish everything */
    const struct grants *grants; /* otherwise: what the publisher's token allows */
    struct limits *limits;       /* or NULL */
    struct limits_client client;
};

/* Reads the body and publishes its records; with `atomic=1` in the query a batch's are stored all or none.
 * ERR_INVALID (a Content-Type that is no form, JSON or NDJSON,
 * and no topic in the query), ERR_MALFORMED (a form that is not percent-encoded, or an empty batch),
 * ERR_TOO_MANY (over PUBLISH_BATCH_MAX records), ERR_NO_MEMORY. A record that is wrong or not taken is no
 * error here: it is in the response. */
MUST_CHECK enum err publish_request_start(struct edge *edge, uint64_t now_ms,
                                          const struct publish_input *request, void *owner,
                                          struct publish_request **out);

/* The same for one record that the caller has read, with a response that is text: the record's id (the publisher's,
 * when there is one), or a line that says what is wrong. Of the request open, grants, limits and client count.
 * ERR_NO_MEMORY. */
MUST_CHECK enum err publish_request_start_text(struct edge *edge, uint64_t now_ms,
                                               const struct publish_input *request,
                                               const struct publish_body *publish, void *owner,
                                               struct publish_request **out);

/* Takes an EDGE_PUBLISHED; returns what its `request` belongs to. */
struct publish_request *publish_request_outcome(void *request, enum err result, struct epoch epoch,
                                                uint64_t offset);

bool publish_request_done(const struct publish_request *p);
void *publish_request_owner(const struct publish_request *p);

/* When it is done: appends the response, of which `base` gives date and close. */
void publish_request_respond(const struct publish_request *p, const struct response *base,
                             struct buf *out);

/* Forgets what has no outcome yet. Takes NULL. */
void publish_request_destroy(struct publish_request *p);

#endif
