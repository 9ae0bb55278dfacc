/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_SSE_READER_H
#define BELFRY_BROKER_CTL_LIB_SSE_READER_H

/* Parses Server-Sent Events that arrive in pieces of any size, as browsers do.
 * The rules are in section 9.2.6 of the HTML Standard.
 *
 *   sse_reader_feed(r, bytes);
 *   while (sse_reader_next(r, &event))
 *       …
 *
 * Pure data: init/clear. */

#include "common/base/buf.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct sse_event {
    struct slice type; /* "message" if the stream does not name a type */
    struct slice id;   /* last event id; may be empty */
    struct slice data;
};

struct sse_reader {
    struct buf input;
    struct buf data;
    struct buf type;
    struct buf id;      /* last event id once the current event is complete */
    struct buf last_id; /* last event id of complete events */
    bool has_data;
    bool given;        /* `data` and `type` hold the event that was returned last */
    bool begun;        /* the start, where a byte order mark may be, has been read */
    bool after_cr;     /* the last byte was a CR: an LF that follows belongs to it */
    bool too_large;    /* an event exceeded the limit; later events are not reliable */
    uint64_t comments; /* number of comments */
    uint64_t retry_ms; /* last reconnection time; 0 = none yet */
};

/* `limit` is the maximum number of bytes of an event. */
void sse_reader_init(struct sse_reader *r, size_t limit);
void sse_reader_clear(struct sse_reader *r);

void sse_reader_feed(struct sse_reader *r, struct slice bytes);

/* Reads the next complete event; its slices are valid until the next call. Returns false if more
 * bytes are needed. */
bool sse_reader_next(struct sse_reader *r, struct sse_event *out);

/* Prepares for a new connection: discards an incomplete event and keeps the last event id. */
void sse_reader_restart(struct sse_reader *r);

#endif
