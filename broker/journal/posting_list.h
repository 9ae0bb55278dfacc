/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_JOURNAL_POSTING_LIST_H
#define BELFRY_BROKER_JOURNAL_POSTING_LIST_H

/* A posting list: the positions of a topic's records in a segment, ascending. It is stored as
 *
 *   the distance of each position from the one before it, less 1 (the first from -1),
 *   as a varint: 7 bits per byte, the lowest first, the high bit set while more follow
 *
 * so a topic takes one byte per record, if it has at least about one in 100 records.
 *
 * Pure. */

#include "common/base/buf.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Appends the list. `positions` must ascend. Check buf_ok() afterwards. */
void posting_list_encode(struct buf *out, const uint32_t *positions, size_t count);

struct posting_list_cursor {
    struct slice rest; /* bytes that were not decoded yet */
    uint64_t next;     /* lowest position that may follow */
    bool damaged;      /* the bytes are not a posting list */
};

/* Returns a cursor at the beginning of a stored list. */
struct posting_list_cursor posting_list_decode(struct slice bytes);

/* Returns the next position. Returns false at the end, and when the bytes are damaged. */
bool posting_list_next(struct posting_list_cursor *cursor, uint32_t *out);

#endif
