/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_STREAM_INSPECT_H
#define BELFRY_EDGE_SHELL_STREAM_INSPECT_H

/* Streams as operators see them, and which of them an operator means. */

#include "common/base/buf.h"
#include "common/base/slice.h"
#include "edge/core/edge.h"

#include <stdbool.h>

struct topic;

/* Valid from stream_inspect_begin() to stream_inspect_end(); no other function of the edge may be called in between, but for those
 * here. */
struct stream_inspect {
    struct edge *edge;
    struct slice selector;
    struct slice member;
    struct topic *topic;
};

/* Streams that get the records of `topic`, or that listen to just this selector; and those with this member (a token's
 * subject, or a name). What is empty does not matter. The bytes must stay until stream_inspect_end(). */
void stream_inspect_begin(struct stream_inspect *i, struct edge *e, struct slice topic,
                          struct slice member);
bool stream_inspect_matches(const struct stream_inspect *i, const struct stream *s);
void stream_inspect_end(struct stream_inspect *i);

/* Appends the members of a JSON object: "topics":[…],"state":"live","cursor":"k3f9x2-12","lag":0,"blocked":false and,
 * where there is one, "member":"…". Not the session: who knows it may change the stream. */
void stream_inspect_write(const struct edge *e, const struct stream *s, struct buf *out);

#endif
