/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_UP_CHILD_UV_H
#define BELFRY_BROKER_CTL_UP_CHILD_UV_H

/* A child process of the supervisor: starts it, reads its output, restarts it when it ends.
 *
 * It runs in its own session, so that Ctrl-C reaches only the supervisor, which then ends the
 * children in order. Its output goes to one pipe, which is passed on line by line.
 *
 * All functions run on the loop's thread, which must be the main thread: a child is killed when the
 * thread that started it ends (common/process/process_posix.h). */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

#define CHILD_LINE_MAX 8192 /* bytes; longer lines are split */

struct uv_loop_s;
struct child;

/* How a run ended. */
struct child_end {
    int status;         /* exit status if signal is 0 */
    int signal;         /* signal that killed it, or 0 */
    const char *reason; /* why it could not be started (static), or NULL */
    bool ready;         /* it was ready in this run */
    bool again;         /* it will be restarted in again_in_ms */
    uint64_t again_in_ms;
};

struct child_events {
    void (*line)(void *context, const struct child *c, struct slice line);

    /* The child ended. May call child_stop(). */
    void (*ended)(void *context, const struct child *c, const struct child_end *end);
};

struct child_plan {
    const char *name; /* "edge-1"; borrowed, like argv */
    unsigned number;  /* number for the caller's use */
    char **argv;      /* ends with NULL, like the environment */
    char **environment;
    int listen_fd; /* becomes descriptor 3 of the child; -1 = none */
};

/* Does not start it. The plan's pointers must outlive the child. */
struct child *child_create(struct uv_loop_s *loop, const struct child_plan *plan,
                           const struct child_events *events, void *context);

/* May be called when the loop has ended after child_close(). NULL is allowed. */
void child_destroy(struct child *c);

/* Starts it, and restarts it each time it ends. */
void child_start(struct child *c);

/* Marks the child as ready. */
void child_set_ready(struct child *c);

/* Sends SIGTERM if it runs, and does not restart it. `ended` is called only if it ran. */
void child_stop(struct child *c);

/* Sends SIGKILL if it runs. */
void child_kill(struct child *c);

/* Closes its handles of the loop. The child must have been stopped and have ended, or was never
 * started. */
void child_close(struct child *c);

bool child_running(const struct child *c);
bool child_ready(const struct child *c);
int child_pid(const struct child *c); /* 0 if it does not run */
const char *child_name(const struct child *c);
unsigned child_number(const struct child *c);

#endif
