/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_TRANSPORT_H
#define BELFRY_BROKER_CTL_LIB_TRANSPORT_H

/* A connection to a web server, with or without TLS. Each step has a deadline, a time of
 * cli_now_ms(). Opaque; over OpenSSL. Opening one makes the process ignore SIGPIPE, which writing
 * to a closed connection would raise. */

#include "broker/ctl/lib/http_request.h"
#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRANSPORT_REASON_SIZE 320

struct transport_rules {
    const char *ca_file; /* file of certificates to trust; "" = the system's */
    bool insecure;       /* trust any certificate */
    bool offer_h2;       /* offer h2 beside http/1.1 by ALPN, to learn what the server chooses */
};

struct transport;

/* Returns ERR_NOT_FOUND (unknown host), ERR_UNAVAILABLE (nothing listens on that port),
 * ERR_TIMEOUT, ERR_DENIED (certificate not trusted), ERR_INVALID (--ca-file) or ERR_IO, with one
 * line in `reason`. */
MUST_CHECK enum err transport_open(const struct http_target *target,
                                   const struct transport_rules *rules, uint64_t deadline,
                                   struct transport **out, char reason[TRANSPORT_REASON_SIZE]);
void transport_close(struct transport *c); /* NULL is allowed */

/* Sends all bytes. Returns ERR_TIMEOUT or ERR_CLOSED. */
MUST_CHECK enum err transport_send(struct transport *c, struct slice bytes, uint64_t deadline);

/* Receives at least one byte. Returns ERR_TIMEOUT, or ERR_CLOSED at the end, orderly or not. After
 * the deadline, only bytes that have arrived already are returned. */
MUST_CHECK enum err transport_receive(struct transport *c, char *data, size_t size,
                                      uint64_t deadline, size_t *out_size);

/* Returns the protocol that ALPN selected, or "" without TLS or a selection. Valid as long as the
 * connection. */
const char *transport_protocol(const struct transport *c);

#endif
