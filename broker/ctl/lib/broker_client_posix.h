/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_BROKER_CLIENT_POSIX_H
#define BELFRY_BROKER_CTL_LIB_BROKER_CLIENT_POSIX_H

/* Sends commands and reads to a broker over its control socket, and waits for the replies
 * (common/wire/wire.h). */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/wire/wire.h"

#include <stddef.h>

/* Time to wait for a reply. With the bus's linger, a request takes at most 2 s. */
#define BROKER_CLIENT_WAIT_MS 1700
#define BROKER_CLIENT_REASON_SIZE 512
#define BROKER_CLIENT_TEXT_MAX (16u << 20) /* bytes of a reply's text */

/* A connection to one broker. */
struct broker_client;

/* `base` is the broker's base address (common/wire/bus_address.h) and must outlive the client.
 * Returns ERR_INVALID (the address), ERR_UNAVAILABLE (no socket there) or ERR_TOO_MANY, with one
 * line in `reason`. A missing broker at a tcp address is noticed by the first request only. */
MUST_CHECK enum err broker_client_open(const char *base, struct broker_client **out,
                                       char reason[BROKER_CLIENT_REASON_SIZE]);
void broker_client_close(struct broker_client *client); /* NULL is allowed */

/* Sends a COMMAND frame and appends the reply's text to `out`. Returns, with one line in `reason`,
 * ERR_UNAVAILABLE (no reply), ERR_VERSION (another version of the protocol), ERR_NOT_FOUND (also:
 * the broker is too old for the command), or the broker's own error. */
MUST_CHECK enum err broker_client_command(struct broker_client *client, const char *command,
                                          const struct slice *arguments, size_t argument_count,
                                          struct buf *out, char reason[BROKER_CLIENT_REASON_SIZE]);

/* Sends a READ or LATEST frame, and sets its request number. *out is valid until the next request.
 * Returns errors as above; the result of the read itself is out->code. */
MUST_CHECK enum err broker_client_read(struct broker_client *client, struct wire_frame *request,
                                       struct wire_records *out,
                                       char reason[BROKER_CLIENT_REASON_SIZE]);

#endif
