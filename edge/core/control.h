/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_CONTROL_H
#define BELFRY_EDGE_CORE_CONTROL_H

/* Questions to the broker for HTTP requests, and what other edges and operators ask of this edge: frames and actions. */

#include <stdbool.h>

struct edge;
struct edge_action;
struct wire_records;
struct wire_reply;
struct wire_command;

/* Takes the answer to a question. Returns false when no question waits for it. */
bool control_reply(struct edge *e, const struct wire_reply *frame);
bool control_records(struct edge *e, const struct wire_records *frame);
void control_tick(struct edge *e);

/* The next question or answer for the control socket; the next answer for the shell. */
bool control_next_frame(struct edge *e, struct edge_action *out);
bool control_next_answer(struct edge *e, struct edge_action *out);

/* Takes what the broker hands on to this edge. */
void control_command(struct edge *e, const struct wire_command *frame);

#endif
