/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_TCP_POSIX_H
#define BELFRY_BROKER_CTL_LIB_TCP_POSIX_H

/* Opens TCP connections, with deadlines of cli_now_ms(). */

#include "common/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define TCP_REASON_SIZE 160

/* Tries the host's addresses one after the other. The socket is non-blocking. Returns
 * ERR_NOT_FOUND, ERR_UNAVAILABLE or ERR_TIMEOUT, with a reason. */
MUST_CHECK enum err tcp_connect(const char *host, const char *port, uint64_t deadline, int *out_fd,
                                char reason[TCP_REASON_SIZE]);

/* Waits until the socket is readable, or writable. Returns ERR_TIMEOUT. */
MUST_CHECK enum err tcp_wait(int fd, bool writing, uint64_t deadline);

#endif
