/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_PROCESS_WORKER_UV_H
#define BELFRY_COMMON_PROCESS_WORKER_UV_H

/* A thread that runs jobs for a libuv loop, one after the other, in the order submitted.
 *
 * The two share only a queue of jobs and a queue of finished jobs. Jobs are intrusive: embed a
 * struct worker_job. The caller limits the number of jobs in the queues.
 *
 * Threads: run() is called on the worker's thread, everything else on the loop's thread. A job
 * belongs to the worker from worker_submit() until done(). */

#include "common/base/err.h"
#include "common/base/list.h"

struct uv_loop_s;
struct worker;

struct worker_job {
    struct list link;
};

struct worker_calls {
    /* Runs a job on the worker's thread; may block. */
    void (*run)(struct worker_job *job, void *context);

    /* Takes a finished job back on the loop's thread; may call worker_submit() or
     * worker_close(). */
    void (*done)(struct worker_job *job, void *context);
};

/* Starts the thread. `context` is passed to all callbacks. Returns ERR_IO if the thread or
 * a handle cannot be created. */
MUST_CHECK enum err worker_create(struct uv_loop_s *loop, const struct worker_calls *calls,
                                  void *context, struct worker **out);

/* Adds a job. Must not be called after worker_close(). */
void worker_submit(struct worker *w, struct worker_job *job);

/* Begins to close the worker, and returns at once. The worker finishes all submitted jobs,
 * including done(), ends the thread and frees the memory. Then it calls `closed` (may be NULL) from
 * the loop. */
void worker_close(struct worker *w, void (*closed)(void *context));

#endif
