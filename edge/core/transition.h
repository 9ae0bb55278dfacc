/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_TRANSITION_H
#define BELFRY_EDGE_CORE_TRANSITION_H

/* A stream's transitions: between the tail, the pages of the log and its end, and to another log. */

#include "edge/state/stream.h"

struct edge;
struct replay;

/* The cursor is older than the tail, or beyond what this edge has heard of: the broker is asked. */
void transition_replay(struct stream *s);

/* Waits for the stream's turn to ask the broker for a place or a page. */
void transition_wait(struct edge *e, struct stream *s);

/* Takes the stream out of replaying, if it is in it: its page and its request are dropped. */
void transition_leave_replay(struct edge *e, struct stream *s);

/* Drops the page and the request: the stream asks again. It must be replaying. */
void transition_reset_page(struct edge *e, struct stream *s);

/* Drops the page if there is one. Its reader asks for it again. */
void transition_drop_page(struct edge *e, struct replay *r);

/* Prepares for other topics: brings the cursor up to date, and drops what was gathered for the stream. No record may be
 * half sent. */
void transition_prepare_change(struct edge *e, struct stream *s);

/* Ends the stream; its client comes back by its id. */
void transition_close(struct edge *e, struct stream *s);

/* The tail was emptied: every stream examines again where it stands. With a notice, each gets that first and continues at
 * the tail's head. */
void transition_restart_all(struct edge *e, enum stream_notice notice);

#endif
