/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_JOURNAL_OFFSET_WINDOW_H
#define BELFRY_BROKER_JOURNAL_OFFSET_WINDOW_H

/* A set of offsets that lie close together: one bit for each offset from `first` on, 65,536 of them
 * in 8 KiB. The posting lists of several topics are merged by adding them all: it sorts, and a
 * record that is in two lists counts once.
 *
 * Pure. */

#include <stdbool.h>
#include <stdint.h>

#define OFFSET_WINDOW_SIZE 65536u /* offsets; no segment is longer */

struct offset_window {
    uint64_t first;
    uint64_t words[OFFSET_WINDOW_SIZE / 64];
};

/* Empty, for offsets from `first`. */
void offset_window_reset(struct offset_window *w, uint64_t first);

/* Takes an offset within the window. */
void offset_window_add(struct offset_window *w, uint64_t offset);

/* The lowest member that is >= offset; false when there is none. */
bool offset_window_next(const struct offset_window *w, uint64_t offset, uint64_t *out);

/* The highest member that is <= offset; false when there is none. */
bool offset_window_previous(const struct offset_window *w, uint64_t offset, uint64_t *out);

#endif
