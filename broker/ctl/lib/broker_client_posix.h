/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_BROKER_CLIENT_POSIX_H
#define BELFRY_BROKER_CTL_LIB_BROKER_CLIENT_POSIX_H

/* Questions to a broker over its control socket, and their answers (common/wire/wire.h). */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/wire/wire.h"

#include <stddef.h>

/* A question and its answer take at most 2 s: this and the bus's linger. */
#define BROKER_CLIENT_WAIT_MS 1700
#define BROKER_CLIENT_REASON_SIZE 512
#define BROKER_CLIENT_TEXT_MAX (16u << 20) /* bytes of an answer's text */

/* A connection to one broker. */
struct broker_client;

/* `base` is the broker's base address (common/wire/bus_address.h) and must outlive the link.
 * ERR_INVALID (the address), ERR_UNAVAILABLE (no socket there), ERR_TOO_MANY; with one line in
 * `reason`. A tcp broker that is not there is noticed by the first question. */
MUST_CHECK enum err broker_client_open(const char *base, struct broker_client **out,
                                       char reason[BROKER_CLIENT_REASON_SIZE]);
void broker_client_close(struct broker_client *link); /* takes NULL */

/* A COMMAND frame. The reply's text is appended to `out`. On failure `reason` is one line:
 * ERR_UNAVAILABLE (nobody answers), ERR_VERSION (it speaks another version of the protocol),
 * ERR_NOT_FOUND (also: it is too old to know the command), or the broker's own error. */
MUST_CHECK enum err broker_client_command(struct broker_client *link, const char *command,
                                          const struct slice *arguments, size_t argument_count,
                                          struct buf *out, char reason[BROKER_CLIENT_REASON_SIZE]);

/* A READ or LATEST frame; its request number is set here. *out is valid until the next question.
 * Errors as above; what the broker says of the read is out->code. */
MUST_CHECK enum err broker_client_records(struct broker_client *link, struct wire_frame *question,
                                          struct wire_records *out,
                                          char reason[BROKER_CLIENT_REASON_SIZE]);

#endif
