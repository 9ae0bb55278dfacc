/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_CATCHUP_H
#define BELFRY_EDGE_CORE_CATCHUP_H

/* Reads pages of the log from the broker for streams behind the tail. */

#include <stdbool.h>

struct edge;
struct edge_action;
struct read;
struct wire_records;

/* Takes the answer to a stream's read. */
void catchup_records(struct edge *e, struct read *read, const struct wire_records *frame);

/* Puts the stream of a read without an answer back in the queue to ask again. */
void catchup_read_lost(struct edge *e, struct read *read);

/* Returns the next read for the broker. Returns false when there is none. */
bool catchup_next(struct edge *e, struct edge_action *out);

#endif
