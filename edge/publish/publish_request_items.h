/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_PUBLISH_PUBLISH_REQUEST_ITEMS_H
#define BELFRY_EDGE_PUBLISH_PUBLISH_REQUEST_ITEMS_H

/* The inside of edge/publish/publish_request.h: publish_request.c hands the records over, publish_response.c says what came of
 * them. */

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
    uint32_t wait_secs; /* it comes too soon: 429 */
    enum err result;
    struct epoch epoch;
    uint64_t offset;
    char *reason; /* what is wrong with the record, or NULL */
};

struct publish_request {
    struct edge *edge;
    void *owner;
    bool batch;
    bool atomic;
    char *text_id; /* the response is text: the record's id, this one unless it is empty; or NULL */
    struct publish_item *rejected; /* why none of an atomic batch went to the core */
    size_t count;
    size_t open; /* items without an outcome */
    struct publish_item items[];
};

#endif
