/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_API_SUBSCRIPTION_CHANGE_H
#define BELFRY_EDGE_API_SUBSCRIPTION_CHANGE_H

/* A change of a live stream: the body of POST /subscriptions/{session}. All members are optional.
 * Pure.
 *
 *   {"add": ["topic", …], "remove": ["topic", …], "token": "a new one"} */

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
    struct buf bytes;   /* owns the bytes of the slices */
};

/* Parses a body. ERR_INVALID, ERR_TOO_MANY (more than 2 * max selectors),
 * ERR_NO_MEMORY; `reason` is then one line. After a success the caller clears *out. */
MUST_CHECK enum err subscription_change_read(struct slice text, size_t max,
                                             struct subscription_change *out,
                                             char reason[SUBSCRIPTION_CHANGE_REASON_SIZE]);
void subscription_change_clear(struct subscription_change *request);

/* What subscription_change_apply() needs. */
struct subscription_change_context {
    struct edge *edge;
    const struct access_rules *access;
    size_t selectors_max;
    uint64_t now_ms;
    uint64_t unix_ms;
    uint32_t random;
};

/* Changes a stream of this edge. `token` is the one that came with the request, outside its body. A
 * token in the body takes precedence, and its grants replace those of the stream. The token must be
 * valid and have the subject of the stream's own token. ERR_NOT_FOUND, ERR_DENIED, ERR_INVALID,
 * ERR_TOO_MANY, ERR_UNAVAILABLE (retry), ERR_NO_MEMORY; `reason` is then one line, which begins
 * with "field: " if a field is wrong. */
MUST_CHECK enum err subscription_change_apply(const struct subscription_change_context *context,
                                              struct slice session, struct slice body,
                                              struct slice token,
                                              char reason[SUBSCRIPTION_CHANGE_REASON_SIZE]);

#endif
