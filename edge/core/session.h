/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_SESSION_H
#define BELFRY_EDGE_CORE_SESSION_H

/* What a stream has beyond its topics: opening, closing and changing it, its hello, its heartbeat and its end. */

#include "common/base/err.h"

#include <stdbool.h>

struct edge;
struct edge_action;
struct stream;
struct subscribe;

/* What a new stream asked for beyond its topics. ERR_NO_MEMORY. */
MUST_CHECK enum err session_open(struct edge *e, struct stream *s, const struct subscribe *spec);
void session_close(struct edge *e, struct stream *s);

/* belfry.hello, or belfry.sync, when it is due. */
bool session_hello(struct edge *e, struct stream *s, struct edge_action *out);
bool session_sync(struct edge *e, struct stream *s, struct edge_action *out);
/* A comment for a stream that has been silent for a period. */
bool session_heartbeat(struct edge *e, struct edge_action *out);
void session_tick(struct edge *e);

#endif
