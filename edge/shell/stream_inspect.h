/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_STREAM_INSPECT_H
#define BELFRY_EDGE_SHELL_STREAM_INSPECT_H

/* Streams as operators see them: the JSON of a stream, and the match by topic or member. */

#include "common/base/buf.h"
#include "common/base/slice.h"
#include "edge/core/edge.h"

#include <stdbool.h>

struct topic;

/* A match. It is valid from stream_inspect_begin() to stream_inspect_end(). In between, no other
 * function of the edge may be called. */
struct stream_inspect {
    struct edge *edge;
    struct slice selector;
    struct slice member;
    struct topic *topic;
};

/* Matches streams that get the records of `topic` or subscribe to exactly this selector, and that
 * have this member (a token's subject, or a name). An empty argument matches all streams. The bytes
 * must stay valid until stream_inspect_end(). */
void stream_inspect_begin(struct stream_inspect *i, struct edge *e, struct slice topic,
                          struct slice member);
bool stream_inspect_matches(const struct stream_inspect *i, const struct stream *s);
void stream_inspect_end(struct stream_inspect *i);

/* Appends the members of a JSON object:
 * "topics":[…],"state":"live","cursor":"k3f9x2-12","lag":0,"blocked":false and, if there is one,
 * "member":"…". The session is left out, since it allows a client to change the stream. */
void stream_inspect_write(const struct edge *e, const struct stream *s, struct buf *out);

#endif
