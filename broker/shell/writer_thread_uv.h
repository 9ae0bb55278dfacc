/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_SHELL_WRITER_THREAD_UV_H
#define BELFRY_BROKER_SHELL_WRITER_THREAD_UV_H

/* The writer: the thread that the journal belongs to. It appends batches, and when it has nothing to
 * append (or after WRITER_BATCHES_MAX batches without a rest) does the journal's upkeep, step by step.
 *
 * Threads: all functions and callbacks on the loop's. */

#include "broker/journal/batch.h"
#include "broker/journal/journal.h"
#include "common/base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct uv_loop_s;
struct writer_thread;

#define WRITER_BATCHES_MAX 64

/* And upkeep is due after so many bytes of bodies: it keeps the write-ahead log small. */
#define WRITER_BYTES_MAX (1u << 20)
#define WRITER_UPKEEP_MS 1000 /* upkeep is looked for this often */

struct writer_thread_events {
    /* As broker_appended() wants it. The state has no edges. */
    void (*appended)(void *context, struct batch *batch, enum err result,
                     const struct journal_state *state, uint64_t commit_us);

    /* A step of upkeep is done or failed; it is tried again either way. */
    void (*maintained)(void *context, enum err result, const struct journal_state *state);

    /* As broker_trimmed() wants it. */
    void (*trimmed)(void *context, enum err result, uint64_t oldest,
                    const struct journal_state *state);
};

/* The journal is the writer's until it is closed. ERR_IO. */
MUST_CHECK enum err writer_thread_create(struct uv_loop_s *loop, struct journal *journal,
                                         const struct writer_thread_events *events, void *context,
                                         struct writer_thread **out);

/* One batch at a time; it is the writer's until appended(). */
void writer_thread_append(struct writer_thread *w, struct batch *batch);

/* One at a time, until trimmed(). The arguments are those of journal_trim(). */
void writer_thread_trim(struct writer_thread *w, uint64_t before, uint64_t before_ms, bool dry_run);

/* Says that there is nothing to append for now but what was given: call it once per turn of the loop. */
void writer_thread_idle(struct writer_thread *w);

/* Finishes what it was given, then calls `closed`. */
void writer_thread_close(struct writer_thread *w, void (*closed)(void *context));

#endif
