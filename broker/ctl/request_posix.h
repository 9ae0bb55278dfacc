/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_REQUEST_POSIX_H
#define BELFRY_BROKER_CTL_REQUEST_POSIX_H

/* One ADMIN request to a broker, and its reply (common/wire.h). */

#include "common/buf.h"
#include "common/err.h"
#include "common/slice.h"

#include <stddef.h>

/* The whole takes at most 2 s: this and the bus's linger. */
#define REQUEST_WAIT_MS 1700
#define REQUEST_REASON_SIZE 512

/* `base` is the broker's base address (common/bus_address.h). The reply's text is appended to `out`. On
 * failure `reason` is one line: ERR_UNAVAILABLE (no broker there, or it does not answer), ERR_INVALID (the
 * address), or the broker's own error. */
MUST_CHECK enum err request_send(const char *base, const char *command,
                                 const struct slice *arguments, size_t argument_count,
                                 struct buf *out, char reason[REQUEST_REASON_SIZE]);

#endif
