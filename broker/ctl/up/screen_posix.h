/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_UP_SCREEN_POSIX_H
#define BELFRY_BROKER_CTL_UP_SCREEN_POSIX_H

/* Lines of several children on one standard error, each behind its child's name:
 *
 *   broker | 2026-11-20T07:33:00.123Z info broker.ready head=1843
 *   edge-1 | 2026-11-20T07:33:00.140Z info edge.ready
 *
 * Never blocks: a terminal that stands still (Ctrl-S) or a pipe that nobody reads must not stop the
 * hub. Up to SCREEN_WAITING_MAX bytes wait for it; lines that come beyond that are dropped and
 * counted, and the number is shown when there is room again. */

#include "common/base/buf.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

#define SCREEN_WAITING_MAX (1u << 20) /* 1 MiB / 150 B a line = 7,000 lines */
#define SCREEN_COLOURS 6

struct screen {
    int fd;
    bool coloured; /* a terminal, and $NO_COLOR is not set */
    int width;     /* of the names */
    struct buf waiting;
    uint64_t dropped; /* lines, not yet told */
};

/* `width`: of the longest name. */
void screen_init(struct screen *s, int fd, int width);
void screen_clear(struct screen *s);

/* `colour`: 0 = none, 1 .. SCREEN_COLOURS go round. Writes at once if it can. */
void screen_line(struct screen *s, const char *name, unsigned colour, struct slice line);

/* Writes what waits, as far as there is room. True when nothing waits any more. */
bool screen_flush(struct screen *s);

#endif
