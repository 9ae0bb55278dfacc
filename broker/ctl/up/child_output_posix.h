/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_UP_CHILD_OUTPUT_POSIX_H
#define BELFRY_BROKER_CTL_UP_CHILD_OUTPUT_POSIX_H

/* Writes the log lines of several children to standard error, each after its child's name:
 *
 *   broker | time=2026-11-20T07:33:00.123Z level=info event=broker.ready head=1843
 *   edge-1 | time=2026-11-20T07:33:00.140Z level=info event=edge.ready
 *
 * Never blocks: a stopped terminal (Ctrl-S) or a full pipe must not stop the hub. At most
 * CHILD_OUTPUT_WAITING_MAX bytes wait for it; further lines are dropped and counted, and their
 * number is shown when there is room again. */

#include "common/base/buf.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

#define CHILD_OUTPUT_WAITING_MAX (1u << 20) /* 1 MiB / 150 B per line = 7,000 lines */
#define CHILD_OUTPUT_COLOURS 6

struct child_output {
    int fd;
    bool coloured; /* a terminal, and $NO_COLOR is not set */
    int width;     /* width of the names */
    struct buf waiting;
    uint64_t dropped; /* number of lines dropped since the number was last shown */
};

/* `width` is that of the longest name. */
void child_output_init(struct child_output *s, int fd, int width);
void child_output_clear(struct child_output *s);

/* Adds a line, and writes it at once if possible. `colour` 0 means no colour. */
void child_output_line(struct child_output *s, const char *name, unsigned colour,
                       struct slice line);

/* Writes waiting lines while there is room. Returns true if none is left. */
bool child_output_flush(struct child_output *s);

#endif
