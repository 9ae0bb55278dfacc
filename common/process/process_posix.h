/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_PROCESS_PROCESS_POSIX_H
#define BELFRY_COMMON_PROCESS_PROCESS_POSIX_H

/* Reports readiness, ends a process with its supervisor, raises the limit of open files.
 *
 * Called only from main() and the shells. */

#include "common/base/err.h"

#include <stdint.h>

/* Sends `state` (for example "READY=1") to the socket named by $NOTIFY_SOCKET, as sd_notify(3) of
 * systemd. Does nothing without the variable. Errors are ignored. */
void process_notify(const char *state);

/* Requests a SIGTERM for this process when its supervisor, whose process id is in
 * $BELFRY_SUPERVISED, ends. Returns ERR_CLOSED if it has already ended, so that this process should
 * end too; ERR_INVALID if the value is not a process id; ERR_IO if the kernel refuses the request;
 * OK without the variable. The kernel sends the signal when the *thread* that started this process
 * ends, so a supervisor starts its children from its main thread. */
MUST_CHECK enum err process_die_with_parent(void);

/* Raises the soft limit of open files to the hard limit, and returns the limit now in force; 0
 * if it is unknown. */
uint64_t process_raise_files(void);

#endif
