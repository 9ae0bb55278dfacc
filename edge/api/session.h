/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_API_SESSION_H
#define BELFRY_EDGE_API_SESSION_H

/* A wish to change a live stream: the body of POST /subscriptions/{session}. Pure; JSON is in session_jansson.c.
 *
 *   {"add": ["topic", …], "remove": ["topic", …], "token": "a fresh one"}       all of them may be missing */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "edge/access/access.h"
#include "edge/core/edge.h"

#include <stddef.h>
#include <stdint.h>

#define SESSION_REASON_SIZE ACCESS_DETAIL_SIZE

struct session_wish {
    struct slice *selectors; /* first those to add, then those to remove */
    size_t add_count;
    size_t remove_count;
    struct slice token; /* empty: none */
    struct buf bytes;   /* what the slices point into */
};

/* Reads a body. ERR_INVALID, ERR_TOO_MANY (more than `max` selectors), ERR_NO_MEMORY; `reason` is one line. *out is
 * to be cleared, except after a failure. */
MUST_CHECK enum err session_read_json(struct slice text, size_t max, struct session_wish *out,
                                      char reason[SESSION_REASON_SIZE]);
void session_clear(struct session_wish *wish);

/* What session_apply() works with. */
struct session_context {
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
MUST_CHECK enum err session_apply(const struct session_context *context, struct slice session,
                                  struct slice body, struct slice token,
                                  char reason[SESSION_REASON_SIZE]);

#endif
