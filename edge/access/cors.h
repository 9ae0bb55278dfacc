/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_ACCESS_CORS_H
#define BELFRY_EDGE_ACCESS_CORS_H

/* CORS: which pages of other origins may read a response. Pure. */

#include "common/base/buf.h"
#include "common/http/http_parser.h"

/* Appends the CORS header lines of a response: nothing when the request has no Origin and the list is empty.
 * `*` stands for any origin, without credentials; the origins that the list names get them. */
void cors_write(const struct http_message *message, const char *origins, struct buf *out);

/* Appends those of the answer to a preflight request, beside cors_write()'s; nothing when it is none.
 * `methods`: enum method bits. */
void cors_write_preflight(const struct http_message *message, const char *origins, unsigned methods,
                          struct buf *out);

#endif
