/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_TRANSPORT_H
#define BELFRY_BROKER_CTL_LIB_TRANSPORT_H

/* A connection to a web server, with TLS or without, whose every step has a deadline (of
 * cli_now_ms()). Opaque; over OpenSSL. Writing to a connection that is gone raises SIGPIPE, so the
 * process ignores that. */

#include "broker/ctl/lib/http_request.h"
#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRANSPORT_REASON_SIZE 320

struct transport_rules {
    const char *ca_file; /* trusts these certificates instead of the system's; "" = the system's */
    bool insecure;       /* trusts anybody */
    bool offer_h2;       /* by ALPN, beside http/1.1: only to see what the server takes */
};

struct transport;

/* `reason` is one line: ERR_NOT_FOUND (no such host), ERR_UNAVAILABLE (nobody listens there),
 * ERR_TIMEOUT, ERR_DENIED (the certificate is not good), ERR_IO, ERR_INVALID (--ca-file). */
MUST_CHECK enum err transport_open(const struct http_target *target,
                                   const struct transport_rules *rules, uint64_t deadline,
                                   struct transport **out, char reason[TRANSPORT_REASON_SIZE]);
void transport_close(struct transport *c); /* takes NULL */

/* All of it. ERR_TIMEOUT, ERR_CLOSED. */
MUST_CHECK enum err transport_send(struct transport *c, struct slice bytes, uint64_t deadline);

/* What is there, at least one byte. ERR_TIMEOUT (also when the deadline has passed: then only what
 * is there already counts), ERR_CLOSED (the end, orderly or not). */
MUST_CHECK enum err transport_receive(struct transport *c, char *data, size_t size,
                                      uint64_t deadline, size_t *out_size);

/* What ALPN agreed on, "" without TLS or without an agreement. Valid as long as the connection. */
const char *transport_protocol(const struct transport *c);

#endif
