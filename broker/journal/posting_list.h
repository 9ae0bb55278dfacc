/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_JOURNAL_POSTING_LIST_H
#define BELFRY_BROKER_JOURNAL_POSTING_LIST_H

/* A posting list: where in a segment a topic's records are, ascending. Stored as
 *
 *   the distance of each position from the one before it, less 1 (the first from -1),
 *   as a varint: 7 bits a byte, the lowest first, the high bit set while more follow
 *
 * so a topic that has each record costs one byte a record, and so does one that has one in 100.
 *
 * Pure. */

#include "common/base/buf.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Appends the list (look at buf_ok()). `positions` ascend. */
void posting_list_encode(struct buf *out, const uint32_t *positions, size_t count);

struct posting_list_cursor {
    struct slice rest;
    uint64_t next; /* the lowest position that may come */
    bool damaged;  /* the bytes are no posting list */
};

struct posting_list_cursor posting_list_decode(struct slice bytes);

/* The next position; false at the end, and when the bytes are damaged. */
bool posting_list_next(struct posting_list_cursor *cursor, uint32_t *out);

#endif
