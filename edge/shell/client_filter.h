/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_CLIENT_FILTER_H
#define BELFRY_EDGE_SHELL_CLIENT_FILTER_H

/* Selects the clients that an operator's command is about. It reads the arguments of "clients" and
 * "disconnect". A client is a stream. edge/shell/client_list_uv.h lists and disconnects them. Pure.
 *
 * The streams of an edge are numbered 1, 2, 3, … in the order in which they were opened. The id of
 * a client, `<incarnation, 16 hex digits>-<number>`, is never used again. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

#include <stddef.h>
#include <stdint.h>

#define CLIENT_FILTER_LIST_MAX 1000 /* clients of one page */
/* A page ends at this size; one client with many long topics may add 600 KiB. */
#define CLIENT_FILTER_LIST_BYTES (128u << 10)
#define CLIENT_FILTER_SCAN_MAX 5000      /* streams checked by one command: a few milliseconds */
#define CLIENT_FILTER_DISCONNECT_MAX 500 /* clients per command: each takes some system calls */

struct client_filter {
    struct slice topic;  /* empty: any */
    struct slice member; /* empty: any */
    uint64_t client;     /* number of the only client; 0: any */
    uint64_t after;      /* all numbers must be higher than this one */
    uint64_t upto;       /* highest number allowed */
    uint64_t limit;      /* maximum number of clients */
};

/* Reads the arguments of "clients": [topic or "", after, limit]. Trailing ones may be missing.
 * ERR_INVALID: *out_reason is one line. */
MUST_CHECK enum err client_filter_read_list(const struct slice *arguments, size_t count,
                                            struct client_filter *out, const char **out_reason);

/* Reads the arguments of "disconnect": [kind, which, after, upto]. The last two may be missing.
 * ERR_INVALID; ERR_NOT_FOUND: a client of another edge, or of an earlier run of this one.
 * *out_reason is then one line. */
MUST_CHECK enum err client_filter_read_disconnect(uint64_t incarnation,
                                                  const struct slice *arguments, size_t count,
                                                  struct client_filter *out,
                                                  const char **out_reason);

/* The result of a command on the clients that a filter selects. */
struct client_page {
    uint64_t next; /* `after` of the next command; 0: there are no more clients */
    uint64_t upto; /* highest number considered: the filter's `upto`, or the newest client's */
    size_t count;  /* number of clients listed or disconnected */
};

#endif
