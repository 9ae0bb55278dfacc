/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_CATCHUP_H
#define BELFRY_EDGE_CORE_CATCHUP_H

/* Streams behind the tail: how they ask for pages, and what becomes of the answers. */

#include <stdbool.h>

struct edge;
struct edge_action;
struct read;
struct wire_records;

/* The answer to a stream's read. */
void catchup_records(struct edge *e, struct read *read, const struct wire_records *frame);

/* A stream's read got no answer: it asks again. */
void catchup_read_lost(struct edge *e, struct read *read);

/* The next question to the broker. */
bool catchup_next(struct edge *e, struct edge_action *out);

#endif
