/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_SSE_H
#define BELFRY_EDGE_STATE_SSE_H

/* Encodes Server-Sent Events (HTML standard, "Server-sent events"). The functions append
 * complete events or comments, with LF as the only line end. */

#include "common/base/buf.h"
#include "common/wire/event_id.h"
#include "common/wire/record.h"
#include "common/wire/wire.h"
#include <stdint.h>

/* Appends a record: `event:` if it has a type, `retry:` if it has one, `id:`, then a `data:`
 * line per line of data (CR, LF and CRLF each end a line). The bytes depend on the arguments
 * only: a record that was half written is continued from a second encoding. */
void sse_record(struct buf *out, struct epoch epoch, uint64_t offset, const struct record *record);

/* Appends the same with the publisher's id, which the record must have, as the `id:`. */
void sse_record_as_published(struct buf *out, const struct record *record);

/* Returns the id line in the bytes of sse_record(). */
struct slice sse_id_line(struct slice event);

/* Appends an event that only sets the client's Last-Event-ID. It has no data, so the client keeps
 * the id but dispatches nothing. A client that has received nothing yet can resume from it. */
void sse_position(struct buf *out, struct epoch epoch, uint64_t offset);

/* Appends a comment, so that no proxy on the way closes the connection as idle. */
void sse_heartbeat(struct buf *out);

/* Appends `event: belfry.gap`: records are missing. `reason`: "expired", "unknown" or "epoch".
 * The stream continues after `position`, which becomes the client's Last-Event-ID, so that a gap
 * is reported once. `oldest` and `head` are the log's first and last offset. */
void sse_gap(struct buf *out, const char *reason, struct epoch epoch, uint64_t oldest,
             uint64_t head, uint64_t position);

/* Appends an ephemeral record: it has no offset, so the event has no id. */
void sse_ephemeral(struct buf *out, const struct record *record);

/* Appends `event: belfry.presence`: a member joined or left a topic. */
void sse_presence(struct buf *out, const struct wire_presence *presence);

/* Append `event: belfry.hello`, the first event of a stream that wants it; or `event:
 * belfry.sync`, after everything that the client had missed. */
void sse_hello(struct buf *out, const char *session, struct epoch epoch, uint64_t head);
void sse_sync(struct buf *out, struct epoch epoch, uint64_t position);

#endif
