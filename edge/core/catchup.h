/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_CATCHUP_H
#define BELFRY_EDGE_CORE_CATCHUP_H

/* Streams behind the tail: they ask the broker for pages, and get the answers. */

#include <stdbool.h>

struct edge;
struct edge_action;
struct read;
struct wire_records;

/* Takes the answer to a stream's read. */
void catchup_records(struct edge *e, struct read *read, const struct wire_records *frame);

/* Makes the stream ask again when its read got no answer. */
void catchup_read_lost(struct edge *e, struct read *read);

/* Returns the next read for the broker. Returns false when there is none. */
bool catchup_next(struct edge *e, struct edge_action *out);

#endif
