/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_READS_H
#define BELFRY_BROKER_CORE_READS_H

/* Reads of the journal: each waits, is out with the shell, and is replied to. */

#include "broker/core/action.h"
#include "common/base/list.h"
#include "common/base/slice.h"

#include <stddef.h>
#include <stdint.h>

struct reads {
    struct list waiting; /* struct read_job */
    uint32_t waiting_count;
    uint32_t count; /* waiting, out, or being replied to */
};

void reads_init(struct reads *r);
void reads_clear(struct reads *r); /* frees those that wait; none may be out */
void reads_check(const struct reads *r);

/* Makes a read of these selectors (copied), for the caller to fill in and to start. NULL: no
 * memory. */
struct broker_read *reads_create(const struct slice *selectors, size_t count);

/* Queues a read for the shell. */
void reads_start(struct reads *r, struct broker_read *read);

/* Takes the next read for the shell, or returns NULL. */
struct broker_read *reads_next(struct reads *r);

/* Frees a read that was started and does not wait any more. */
void reads_free(struct reads *r, struct broker_read *read);

#endif
