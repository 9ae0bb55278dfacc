/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_TRANSITION_H
#define BELFRY_EDGE_CORE_TRANSITION_H

/* Moves streams between the tail, pages of the log and their end, and to another log. */

#include "edge/state/stream.h"

struct edge;
struct replay;

/* Moves the stream to REPLAYING: its cursor is older than the tail, or beyond the head that this
 * edge knows. */
void transition_replay(struct stream *s);

/* Queues the stream to ask the broker for a page, or for the offset to begin at. */
void transition_wait(struct edge *e, struct stream *s);

/* Ends the stream's replay, if there is one: drops its page and its request. Does not change its
 * state. */
void transition_leave_replay(struct edge *e, struct stream *s);

/* Drops the page and the request: the stream asks again. It must be replaying. */
void transition_reset_page(struct edge *e, struct stream *s);

/* Drops the page if there is one. Its reader asks for it again. */
void transition_drop_page(struct edge *e, struct replay *r);

/* Prepares the stream for a change of its topics: brings the cursor up to date, and drops its page
 * and what was gathered. No record may be half sent. */
void transition_prepare_change(struct edge *e, struct stream *s);

/* Ends the stream. Its client reconnects and resumes by its id. */
void transition_close(struct edge *e, struct stream *s);

/* Makes every stream compare its cursor with the tail again, after the tail was emptied. With a
 * notice, each stream gets the notice first and continues at the tail's head; one with half an
 * event sent is ended. */
void transition_restart_all(struct edge *e, enum stream_notice notice);

#endif
