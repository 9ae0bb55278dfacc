/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_ACCESS_CORS_H
#define BELFRY_EDGE_ACCESS_CORS_H

/* CORS: which pages of other origins may read a response. Pure. */

#include "common/base/buf.h"
#include "common/http/http_parser.h"

/* Appends the CORS header lines of a response; nothing if `origins` is empty. "*" in this list
 * allows any origin, without credentials; only origins that are listed by name get credentials. */
void cors_write(const struct http_message *message, const char *origins, struct buf *out);

/* Appends the further lines of a response to a preflight request, if it is one. `methods`: enum
 * method bits. */
void cors_write_preflight(const struct http_message *message, const char *origins, unsigned methods,
                          struct buf *out);

#endif
