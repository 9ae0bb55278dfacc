/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_SHELL_WRITER_THREAD_UV_H
#define BELFRY_BROKER_SHELL_WRITER_THREAD_UV_H

/* The writer: the thread that owns the journal. It appends batches. When there is nothing to
 * append, or after WRITER_BATCHES_MAX batches without a pause, it does the journal's upkeep,
 * step by step.
 *
 * Threads: all functions and callbacks run on the loop's thread. */

#include "broker/journal/batch.h"
#include "broker/journal/journal.h"
#include "common/base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct uv_loop_s;
struct writer_thread;

#define WRITER_BATCHES_MAX 64

/* Size of the appended bodies after which upkeep is also due, to keep the write-ahead log small. */
#define WRITER_BYTES_MAX (1u << 20)
#define WRITER_UPKEEP_MS 1000 /* interval at which upkeep is due in any case */

struct writer_thread_events {
    /* An append is done; see broker_appended(). The state has no edges. */
    void (*appended)(void *context, struct batch *batch, enum err result,
                     const struct journal_state *state, uint64_t commit_us);

    /* A step of upkeep is done or has failed; it is retried later. */
    void (*maintained)(void *context, enum err result, const struct journal_state *state);

    /* A trim is done; see broker_trimmed(). */
    void (*trimmed)(void *context, enum err result, uint64_t oldest,
                    const struct journal_state *state);
};

/* Starts the thread, which owns the journal until it is closed. ERR_IO. */
MUST_CHECK enum err writer_thread_create(struct uv_loop_s *loop, struct journal *journal,
                                         const struct writer_thread_events *events, void *context,
                                         struct writer_thread **out);

/* Appends a batch, which belongs to the writer until appended(). One batch at a time. */
void writer_thread_append(struct writer_thread *w, struct batch *batch);

/* Trims the log; the arguments are those of journal_trim(). One trim at a time, until trimmed(). */
void writer_thread_trim(struct writer_thread *w, uint64_t before, uint64_t before_ms, bool dry_run);

/* Starts a step of upkeep if one is due. Call it once per turn of the loop, after the appends. */
void writer_thread_idle(struct writer_thread *w);

/* Finishes the jobs in progress, then calls `closed`. No append or trim may follow. */
void writer_thread_close(struct writer_thread *w, void (*closed)(void *context));

#endif
