/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_UP_NOTIFY_POSIX_H
#define BELFRY_BROKER_CTL_UP_NOTIFY_POSIX_H

/* The receiving end of sd_notify(3): children write "READY=1" to a datagram socket, and the kernel
 * says which process wrote. The socket has no file: its name is in Linux's abstract namespace. */

#include "common/base/err.h"

#include <stdbool.h>

#define NOTIFY_ADDRESS_SIZE 16 /* "@", five hexadecimal digits from the kernel */

/* *out_fd does not block and is closed by the caller; `address` is the value for $NOTIFY_SOCKET.
 * ERR_IO. */
MUST_CHECK enum err notify_open(int *out_fd, char address[NOTIFY_ADDRESS_SIZE]);

/* Takes the next datagram; *out_ready: it says READY=1. ERR_UNAVAILABLE: none is left. */
MUST_CHECK enum err notify_receive(int fd, int *out_pid, bool *out_ready);

#endif
