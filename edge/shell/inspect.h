/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_INSPECT_H
#define BELFRY_EDGE_SHELL_INSPECT_H

/* Streams as operators see them, and which of them an operator means. */

#include "common/base/buf.h"
#include "common/base/slice.h"
#include "edge/core/edge.h"

#include <stdbool.h>

struct topic;

/* Valid from inspect_begin() to inspect_end(); no other function of the edge may be called in between, but for those
 * here. */
struct inspect {
    struct edge *edge;
    struct slice selector;
    struct slice member;
    struct topic *topic;
};

/* Streams that get the records of `topic`, or that listen to just this selector; and those with this member (a token's
 * subject, or a name). What is empty does not matter. The bytes must stay until inspect_end(). */
void inspect_begin(struct inspect *i, struct edge *e, struct slice topic, struct slice member);
bool inspect_matches(const struct inspect *i, const struct stream *s);
void inspect_end(struct inspect *i);

/* Appends the members of a JSON object: "topics":[…],"state":"live","cursor":"k3f9x2-12","lag":0,"blocked":false and,
 * where there is one, "member":"…". Not the session: who knows it may change the stream. */
void inspect_write(const struct edge *e, const struct stream *s, struct buf *out);

#endif
