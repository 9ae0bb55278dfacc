/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_JOURNAL_OFFSET_WINDOW_H
#define BELFRY_BROKER_JOURNAL_OFFSET_WINDOW_H

/* A bit set of offsets that are close together. It has one bit for each offset from `first` on:
 * 65,536 bits in 8 KiB. It merges the posting lists of several topics: the offsets are sorted, and
 * a record that is in two lists counts once. Pure. */

#include <stdbool.h>
#include <stdint.h>

#define OFFSET_WINDOW_SIZE 65536u /* maximum number of offsets; a segment has the same maximum */

struct offset_window {
    uint64_t first;
    uint64_t words[OFFSET_WINDOW_SIZE / 64];
};

/* Empties the set, for offsets from `first` on. */
void offset_window_reset(struct offset_window *w, uint64_t first);

/* Adds an offset, which must be within the window. */
void offset_window_add(struct offset_window *w, uint64_t offset);

/* Returns the lowest member that is >= offset. Returns false when there is none. */
bool offset_window_next(const struct offset_window *w, uint64_t offset, uint64_t *out);

/* Returns the highest member that is <= offset. Returns false when there is none. */
bool offset_window_previous(const struct offset_window *w, uint64_t offset, uint64_t *out);

#endif
