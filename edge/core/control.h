/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_CONTROL_H
#define BELFRY_EDGE_CORE_CONTROL_H

/* The control socket: queries to the broker for HTTP requests, and commands from the broker. It
 * passes on the commands of other edges and of operators. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "edge/core/edge_types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct edge;
struct edge_action;
struct grants;
struct record;
struct wire_records;
struct wire_reply;
struct wire_command;

/* See edge_query(), edge_history(), edge_may_show() and edge_command_reply() in
 * edge/core/edge.h. */
MUST_CHECK enum err control_query(struct edge *e, struct slice command,
                                  const struct slice *arguments, size_t count, void *request);
MUST_CHECK enum err control_history(struct edge *e, const struct history *spec, void *request);
bool control_may_show(const struct edge *e, const struct record *record, uint64_t time_ms,
                      const struct grants *grants, bool open);
void control_command_reply(struct edge *e, uint64_t request, enum err code, struct slice text);

/* Take the broker's answer to a query: the reply to a command, or a page of records. Return false
 * if no query waits for it. */
bool control_reply(struct edge *e, const struct wire_reply *frame);
bool control_records(struct edge *e, const struct wire_records *frame);

/* Ends the queries that have waited too long, with ERR_TIMEOUT. */
void control_tick(struct edge *e);

/* Returns the next frame for the control socket: this edge's reply to a command, or a query.
 * Returns false when there is none. */
bool control_next_frame(struct edge *e, struct edge_action *out);

/* Returns the next action for the shell: the broker's answer to a query, or a command to carry out.
 * Returns false when there is none. */
bool control_next_answer(struct edge *e, struct edge_action *out);

/* Takes a command that the broker passes on to this edge. */
void control_command(struct edge *e, const struct wire_command *frame);

#endif
