/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_SSE_H
#define BELFRY_EDGE_STATE_SSE_H

/* Server-Sent Events as bytes (HTML standard, "Server-sent events"; reference/eventsource.md). Every
 * function appends whole events, with LF only. */

#include "common/base/buf.h"
#include "common/wire/event_id.h"
#include "common/wire/record.h"
#include "common/wire/wire.h"
#include <stdint.h>

/* A record: `event:` when it has a type, `retry:` when it has one, `id:`, then a `data:` line per line of
 * data (CR, LF and CRLF each end a line). The bytes depend on nothing but the arguments: a record that was
 * half written is continued from a second encoding. */
void sse_record(struct buf *out, struct epoch epoch, uint64_t offset, const struct record *record);

/* The same with the publisher's id, for those who want that. */
void sse_record_as_published(struct buf *out, const struct record *record);

/* The line that makes the difference: where it stands in the bytes of sse_record(), and its size there. */
struct slice sse_id_line(struct slice event);

/* Sets the client's Last-Event-ID without an event: without data nothing is dispatched, the id is kept.
 * A client that has received nothing yet can resume from it. */
void sse_position(struct buf *out, struct epoch epoch, uint64_t offset);

/* A comment, against idle timeouts on the way. */
void sse_heartbeat(struct buf *out);

/* `event: belfry.gap`: records are missing. `reason`: "expired", "unknown" or "epoch". The stream goes on
 * after `position`, which becomes the client's Last-Event-ID, so that a gap is told once. `oldest` and `head`
 * are the log's first and last offset. */
void sse_gap(struct buf *out, const char *reason, struct epoch epoch, uint64_t oldest,
             uint64_t head, uint64_t position);

/* A record that has no place in the log: without an id. */
void sse_ephemeral(struct buf *out, const struct record *record);

/* `event: belfry.presence`: somebody came to a topic or left it. */
void sse_presence(struct buf *out, const struct wire_presence *presence);

/* `event: belfry.hello`, the first event of a stream that asked for it, and `event: belfry.sync`: all that was
 * missed has been sent. */
void sse_hello(struct buf *out, const char *session, struct epoch epoch, uint64_t head);
void sse_sync(struct buf *out, struct epoch epoch, uint64_t position);

#endif
