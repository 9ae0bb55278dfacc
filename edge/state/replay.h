/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_REPLAY_H
#define BELFRY_EDGE_STATE_REPLAY_H

/* The page of a stream behind the tail: records that the broker read from the journal. Pages come
 * at the client's pace: the next one is read when the last one is written.
 *
 * The number of pages is bounded. When all are in use, the one whose reader has stalled longest
 * is dropped: the stream's cursor and `sent` are enough to read it again. */

#include "common/base/buf.h"
#include "common/base/list.h"
#include "common/base/slice.h"
#include "edge/state/stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct page_record {
    uint64_t offset;
    size_t end;               /* bytes of the page up to the end of this record */
    uint32_t skipped_private; /* records of this page before it that the stream passes over */
    uint32_t skipped_expired;
};

/* What a stream needs while it is LOCATING or REPLAYING. */
struct replay {
    struct stream *stream;
    struct list held; /* in the list of those with a page; longest without progress first */
    uint64_t request; /* number of the read that waits, 0 = none */
    uint32_t history; /* LOCATING: number of past records to begin with */

    /* The page; bytes.data == NULL: none. */
    struct buf bytes;
    size_t at; /* bytes written */

    /* `count` records, then an element with the numbers of skipped ones in the whole page. */
    struct page_record *records;
    size_t count;
    size_t index;  /* index of the record that is being written */
    uint64_t next; /* the page is complete up to this offset */
};

struct replay *replay_create(struct stream *s);
void replay_destroy(struct replay *r); /* NULL is allowed */

static inline bool replay_has_page(const struct replay *r)
{
    return r->bytes.data != NULL;
}

/* Drops the page. The stream's cursor and `sent` keep its position. */
void replay_drop_page(struct replay *r);

/* Takes the number of bytes of the page that were written. Returns true when that was its end;
 * the page is then dropped. */
bool replay_advance(struct replay *r, size_t bytes);

#endif
