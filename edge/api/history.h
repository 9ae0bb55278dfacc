/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_API_HISTORY_H
#define BELFRY_EDGE_API_HISTORY_H

/* Writes a page of the log as JSON, for GET /history. Pure.
 *
 *   {"records":[{"id":"k3f9x2-7","offset":7,"time":1763625600000,"topics":["a"],"data":"…",
 *                "type":"goal","publisher_id":"goal-17","private":true}, …],
 *    "before":"k3f9x2-7","after":"k3f9x2-9","oldest":"k3f9x2-1","head":"k3f9x2-9"}
 *
 * The oldest record comes first. type, publisher_id and private are optional. `before` is the
 * cursor of the previous page, or null if there is none; `after` is the cursor of the next page. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "edge/api/pending_query.h"
#include "edge/core/edge.h"

/* Appends the page of an EDGE_PAGE, whose result must be OK, without the records that the client
 * may not see. ERR_CORRUPT: a record cannot be decoded. The caller checks buf_ok(). */
MUST_CHECK enum err history_write(const struct pending_query *query,
                                  const struct edge_page_action *page, struct buf *out);

#endif
