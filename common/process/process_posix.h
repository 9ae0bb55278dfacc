/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_PROCESS_PROCESS_POSIX_H
#define BELFRY_COMMON_PROCESS_PROCESS_POSIX_H

/* What a program of ours does about being a process: it tells its supervisor that it is ready, dies
 * with it, and takes as many files as it may. Called from main() and its shell only. */

#include "common/base/err.h"

#include <stdint.h>

/* Sends `state` (say "READY=1") to the socket that $NOTIFY_SOCKET names, as systemd's sd_notify(3);
 * does nothing without the variable. Best effort. */
void process_notify(const char *state);

/* With $BELFRY_SUPERVISED = the supervisor's process id: we get a SIGTERM when it dies. ERR_CLOSED:
 * it is dead already, so we should end; ERR_INVALID: no process id. Without the variable: OK. The
 * signal comes when the *thread* ends that started us, so a supervisor starts its children from its
 * main thread. */
MUST_CHECK enum err process_die_with_parent(void);

/* Raises the soft limit of open files to the hard one; returns the limit that now holds. */
uint64_t process_raise_files(void);

#endif
