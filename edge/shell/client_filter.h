/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_CLIENT_FILTER_H
#define BELFRY_EDGE_SHELL_CLIENT_FILTER_H

/* What operators ask of an edge's clients, that is, its streams: lists of them, and to end them. Pure; edge/shell/client_list_uv.h goes through
 * the connections.
 *
 * A stream has a number, 1, 2, 3, … in the order in which an edge's streams were opened, and with it an id,
 * `<incarnation, 16 hex digits>-<number>`, that no other stream ever has. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

#include <stddef.h>
#include <stdint.h>

#define CLIENT_FILTER_LIST_MAX 1000 /* of a list */
#define CLIENT_FILTER_LIST_BYTES                                                                   \
    (128u << 10) /* then a page ends; a client with many long topics may add 600 KiB */
#define CLIENT_FILTER_SCAN_MAX 5000      /* by one question: a few milliseconds */
#define CLIENT_FILTER_DISCONNECT_MAX 500 /* by one command: each takes some system calls */

struct client_filter {
    struct slice topic;  /* empty: any */
    struct slice member; /* empty: any */
    uint64_t client;     /* this one alone; 0: any */
    uint64_t after;      /* only those with a higher number, */
    uint64_t upto;       /* and none with a higher one than this */
    uint64_t limit;
};

/* The arguments of "clients": [topic or "", after, limit], of which the last may be missing. ERR_INVALID, and *out_reason
 * is one line. */
MUST_CHECK enum err client_filter_read_list(const struct slice *arguments, size_t count,
                                            struct client_filter *out, const char **out_reason);

/* The arguments of "disconnect": [kind, which, after, upto], of which the last may be missing. ERR_NOT_FOUND: a client
 * of another edge, or an earlier life of this one. */
MUST_CHECK enum err client_filter_read_disconnect(uint64_t incarnation,
                                                  const struct slice *arguments, size_t count,
                                                  struct client_filter *out,
                                                  const char **out_reason);

/* Where a walk ended; `next` is what to go on after, 0: it is complete. */
struct client_page {
    uint64_t next;
    uint64_t upto; /* the highest number that was there */
    size_t count;  /* of the streams that were meant */
};

#endif
