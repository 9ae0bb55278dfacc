/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_PROCESS_WORKER_UV_H
#define BELFRY_COMMON_PROCESS_WORKER_UV_H

/* One thread that does jobs for a libuv loop, one after the other, in the order in which they were
 * submitted; what the two share is a queue in and a queue out.
 *
 * Jobs are intrusive: embed a struct worker_job. Who submits limits how many are out.
 *
 * Threads: run() is called on the worker's thread, all else on the loop's. A job belongs to the
 * worker from worker_submit() until done(). */

#include "common/base/err.h"
#include "common/base/list.h"

struct uv_loop_s;
struct worker;

struct worker_job {
    struct list link;
};

struct worker_calls {
    void (*run)(struct worker_job *job, void *context); /* on the worker's thread; may block */
    void (*done)(struct worker_job *job,
                 void *context); /* on the loop; may submit again, may close */
};

/* `context` goes to all callbacks. ERR_IO: no thread or no handle. */
MUST_CHECK enum err worker_create(struct uv_loop_s *loop, const struct worker_calls *calls,
                                  void *context, struct worker **out);

/* Not after worker_close(). */
void worker_submit(struct worker *w, struct worker_job *job);

/* Finishes what was submitted (done() is called for each), ends the thread, then calls `closed`
 * (may be NULL) from the loop, when the memory is gone. */
void worker_close(struct worker *w, void (*closed)(void *context));

#endif
