/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_API_SUBSCRIPTION_CHANGE_H
#define BELFRY_EDGE_API_SUBSCRIPTION_CHANGE_H

/* A request to change a live stream: the body of POST /subscriptions/{session}. Pure.
 *
 *   {"add": ["topic", …], "remove": ["topic", …], "token": "a fresh one"}       all of them may be missing */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "edge/access/access.h"
#include "edge/core/edge.h"

#include <stddef.h>
#include <stdint.h>

#define SUBSCRIPTION_CHANGE_REASON_SIZE ACCESS_DETAIL_SIZE

struct subscription_change {
    struct slice *selectors; /* first those to add, then those to remove */
    size_t add_count;
    size_t remove_count;
    struct slice token; /* empty: none */
    struct buf bytes;   /* what the slices point into */
};

/* Reads a body. ERR_INVALID, ERR_TOO_MANY (more than `max` selectors), ERR_NO_MEMORY; `reason` is one line. *out is
 * to be cleared, except after a failure. */
MUST_CHECK enum err subscription_change_read(struct slice text, size_t max,
                                             struct subscription_change *out,
                                             char reason[SUBSCRIPTION_CHANGE_REASON_SIZE]);
void subscription_change_clear(struct subscription_change *request);

/* What subscription_change_apply() works with. */
struct subscription_change_context {
    struct edge *edge;
    const struct access_rules *access;
    size_t selectors_max;
    uint64_t now_ms;
    uint64_t unix_ms;
    uint32_t random;
};

/* Changes a stream of this edge. `token` came with the request; the one in the body counts instead, and then
 * the stream goes on with what that grants. Either must be valid and have the subject of the stream's own. OK;
 * ERR_NOT_FOUND, ERR_DENIED, ERR_INVALID, ERR_TOO_MANY, ERR_UNAVAILABLE (try again), ERR_NO_MEMORY; `reason` is
 * then one line, "field: words" where there is a field. */
MUST_CHECK enum err subscription_change_apply(const struct subscription_change_context *context,
                                              struct slice session, struct slice body,
                                              struct slice token,
                                              char reason[SUBSCRIPTION_CHANGE_REASON_SIZE]);

#endif
