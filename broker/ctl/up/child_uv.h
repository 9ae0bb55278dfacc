/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_UP_CHILD_UV_H
#define BELFRY_BROKER_CTL_UP_CHILD_UV_H

/* One child of the supervisor: started, read from, started again when it ends.
 *
 * It runs in a session of its own, so that Ctrl-C reaches the supervisor only, which then ends the
 * children in their order. Its output is one pipe, handed on line by line.
 *
 * Threads: all on the loop's, which must be the main thread (common/process/process_posix.h says
 * why). */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

#define CHILD_LINE_MAX 8192 /* bytes; a longer line comes in pieces */

struct uv_loop_s;
struct child;

/* How a run ended. */
struct child_end {
    int status;         /* exit status, when signal is 0 */
    int signal;         /* that killed it, or 0 */
    const char *reason; /* why it could not even be started (static), or NULL */
    bool ready;         /* it was ready in this run */
    bool again;         /* it is started again, in again_in_ms */
    uint64_t again_in_ms;
};

struct child_events {
    void (*line)(void *context, const struct child *c, struct slice line);

    /* It ended; child_stop() may be called from here. */
    void (*ended)(void *context, const struct child *c, const struct child_end *end);
};

struct child_plan {
    const char *name; /* "edge-1"; the caller's, like argv */
    unsigned number;  /* the caller's number for it */
    char **argv;      /* NULL at the end, like the environment */
    char **environment;
    int listen_fd; /* becomes its descriptor 3, or -1 */
};

/* Nothing runs yet. The plan's pointers outlive the child. */
struct child *child_create(struct uv_loop_s *loop, const struct child_plan *plan,
                           const struct child_events *events, void *context);

/* When the loop has ended after child_close(). Takes NULL. */
void child_destroy(struct child *c);

/* Starts it, and from now on again each time it ends. */
void child_start(struct child *c);

/* It said so. */
void child_set_ready(struct child *c);

/* Sends a SIGTERM if it runs; it is not started again. `ended` is called only if it ran. */
void child_stop(struct child *c);

/* SIGKILL if it runs. */
void child_kill(struct child *c);

/* Lets go of the loop. The child does not run and was stopped, or was never started. */
void child_close(struct child *c);

bool child_running(const struct child *c);
bool child_ready(const struct child *c);
int child_pid(const struct child *c); /* 0 when it does not run */
const char *child_name(const struct child *c);
unsigned child_number(const struct child *c);

#endif
