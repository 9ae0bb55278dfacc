/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_PUBLISH_PUBLISH_REQUEST_ITEMS_H
#define BELFRY_EDGE_PUBLISH_PUBLISH_REQUEST_ITEMS_H

/* The fields of a publish request, which only the two files that implement it may use:
 * publish_request.c submits the records, and publish_response.c reports their outcomes. */

#include "common/base/err.h"
#include "common/wire/event_id.h"
#include "edge/core/edge.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct publish_request;

/* One record. */
struct publish_item {
    struct publish_request *owner; /* the item's address is the core's `request` */
    bool done;
    bool ephemeral;
    uint32_t wait_secs; /* over a rate limit: 429, retry after this time */
    enum err result;
    struct epoch epoch;
    uint64_t offset;
    char *reason; /* owned: what is wrong with the record, or NULL */
};

struct publish_request {
    struct edge *edge;
    void *owner;
    bool batch;    /* the body is NDJSON, and the response has a line for each record */
    bool atomic;   /* all records are stored or none is */
    char *text_id; /* owned: the text response, "" for the log's id; NULL: the response is JSON */
    struct publish_item *rejected; /* the record for which an atomic batch was refused, or NULL */
    size_t count;
    size_t open; /* items without an outcome */
    struct publish_item items[];
};

#endif
