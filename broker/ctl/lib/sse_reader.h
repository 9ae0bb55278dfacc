/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_SSE_READER_H
#define BELFRY_BROKER_CTL_LIB_SSE_READER_H

/* Server-Sent Events from bytes that come in any pieces, read as browsers do (HTML, 9.2.6).
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
    struct slice type; /* "message" when the stream names none */
    struct slice id;   /* the last event id; may be empty */
    struct slice data;
};

struct sse_reader {
    struct buf input;
    struct buf data;
    struct buf type;
    struct buf id;      /* as it will be when the event is complete */
    struct buf last_id; /* of complete events */
    bool has_data;
    bool given; /* the caller has the event in `data` and `type` */
    bool begun; /* the first bytes (a byte order mark?) were seen */
    bool after_cr;
    bool too_large;    /* an event was larger than the limit; what follows can't be trusted */
    uint64_t comments; /* counted */
    uint64_t retry_ms; /* the last one; 0: none yet */
};

/* `limit`: bytes of one event. */
void sse_reader_init(struct sse_reader *r, size_t limit);
void sse_reader_clear(struct sse_reader *r);

void sse_reader_feed(struct sse_reader *r, struct slice bytes);

/* The next complete event; its slices are valid until the next call. False: more bytes are
 * needed. */
bool sse_reader_next(struct sse_reader *r, struct sse_event *out);

/* A new connection: what is incomplete is forgotten, the last event id stays. */
void sse_reader_restart(struct sse_reader *r);

#endif
