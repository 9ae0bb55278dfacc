/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_REPLAY_H
#define BELFRY_EDGE_STATE_REPLAY_H

/* Streams behind the tail: they get their records in pages that the broker reads from the journal, at the
 * reader's pace: a page is asked for when the one before is written.
 *
 * Pages are bounded in number. When all are taken, the one whose reader has stalled for longest goes: where its
 * stream stands is a cursor and a count of bytes, and the page can be read again. */

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
    size_t end;               /* bytes up to and with this record */
    uint32_t skipped_private; /* records before it that the stream passes over, in this page */
    uint32_t skipped_expired;
};

/* What a stream needs while it is LOCATING or REPLAYING. */
struct replay {
    struct stream *stream;
    struct list held; /* among those with a page, the longest without progress first */
    uint64_t request; /* of the read that is out, 0 = none */
    uint32_t history; /* LOCATING: so many records back */

    /* The page; bytes.data == NULL: none. */
    struct buf bytes;
    size_t at; /* bytes written */
    struct page_record
        *records; /* one more than `count`: its `skipped_…` are those of the whole page */
    size_t count;
    size_t index;  /* the record that is being written */
    uint64_t next; /* complete up to this offset */
};

struct replay *replay_create(struct stream *s);
void replay_destroy(struct replay *r); /* takes NULL */

static inline bool replay_has_page(const struct replay *r)
{
    return r->bytes.data != NULL;
}

/* Forgets the page. The stream's cursor and `sent` say where it stands. */
void replay_drop_page(struct replay *r);

/* So many bytes of the page were written. Returns true when it is written whole (and then dropped). */
bool replay_advance(struct replay *r, size_t bytes);

#endif
