/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_UP_NOTIFY_POSIX_H
#define BELFRY_BROKER_CTL_UP_NOTIFY_POSIX_H

/* Receives sd_notify(3) messages of children. A child writes "READY=1" to a datagram socket, and
 * the kernel adds the id of the process. The socket's name is in Linux's abstract namespace, so it
 * has no file. */

#include "common/base/err.h"

#include <stdbool.h>

#define NOTIFY_ADDRESS_SIZE 16 /* "@" and five hexadecimal digits that the kernel chooses */

/* Opens a non-blocking socket, which the caller closes; `address` is the value for $NOTIFY_SOCKET.
 * Returns ERR_IO. */
MUST_CHECK enum err notify_open(int *out_fd, char address[NOTIFY_ADDRESS_SIZE]);

/* Receives the next message; *out_ready is whether it contains READY=1. Returns ERR_UNAVAILABLE if
 * there is none. */
MUST_CHECK enum err notify_receive(int fd, int *out_pid, bool *out_ready);

#endif
