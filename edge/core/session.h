/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_SESSION_H
#define BELFRY_EDGE_CORE_SESSION_H

/* What a stream has beyond its topics: grants, expiry, a session and a member. This file sets it,
 * changes it, ends expired streams, and makes the events belfry.hello and belfry.sync. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/topic/subscriber_uuid.h"
#include "edge/core/edge_types.h"

#include <stdbool.h>

struct edge;
struct edge_action;
struct grants;
struct stream;

/* Gives a new stream what its subscriber wants beyond topics. ERR_NO_MEMORY. */
MUST_CHECK enum err session_open(struct edge *e, struct stream *s, const struct subscribe *spec);

/* Takes all of it from a stream that closes. */
void session_close(struct edge *e, struct stream *s);

/* Return the event belfry.hello, or belfry.sync, when it is due. Return false otherwise. */
bool session_hello(struct edge *e, struct stream *s, struct edge_action *out);
bool session_sync(struct edge *e, struct stream *s, struct edge_action *out);

/* Ends the streams that have expired. */
void session_tick(struct edge *e);

/* See edge_draw_member(), edge_session_local(), edge_session_change() and edge_session_grants()
 * in edge/core/edge.h. */
void session_draw_member(struct edge *e, char out[SUBSCRIBER_UUID_TEXT_SIZE]);
MUST_CHECK enum err session_local(const struct edge *e, struct slice session, bool *out_local);
MUST_CHECK enum err session_change(struct edge *e, struct slice session,
                                   const struct session_change *change);
MUST_CHECK enum err session_grants(const struct edge *e, struct slice session, struct grants **out);

#endif
