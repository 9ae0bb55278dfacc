/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_COUNTERS_H
#define BELFRY_EDGE_CORE_COUNTERS_H

/* The counters of an edge since its start, apart from the metrics for the broker. Those are in
 * common/wire/wire.h. A delivery of a stored record counts nothing here. deploy/docs/metrics.md
 * explains each counter to the operator; edge/shell/metrics.c writes them. Pure data; all zero at
 * first. */

#include "common/base/histogram.h"
#include "common/token/token.h"

#include <stdint.h>

/* Why a stream got a gap event. */
enum gap_reason { GAP_EXPIRED, GAP_UNKNOWN, GAP_EPOCH };
#define GAP_REASONS 3

/* Counters of the core. */
struct edge_counters {
    uint64_t streams_opened;
    uint64_t streams_full;     /* not opened: too many were open */
    uint64_t streams_draining; /* not opened: the edge was draining */
    uint64_t streams_no_log;   /* not opened: no log yet, or an id that could not be judged */
    uint64_t resumed_tail;     /* opened with a Last-Event-ID that is in memory */
    uint64_t resumed_log;      /* opened with one that only the broker can check or read */
    uint64_t resumed_unknown;  /* opened with one that is not a position in this log */
    uint64_t gaps[GAP_REASONS];
    uint64_t pages;         /* pages received for streams behind the tail */
    uint64_t page_records;  /* records of these pages that their streams may see */
    uint64_t pages_dropped; /* dropped to make room: their readers had stalled */

    /* Of these two the core counts the records of pages; edge_counters() adds the records of the
     * tail (struct gather). */
    uint64_t skipped_private;     /* private records that a stream without a grant passed over */
    uint64_t skipped_expired;     /* expired records that a stream passed over */
    uint64_t ephemeral_received;  /* ephemeral records received */
    uint64_t ephemeral_delivered; /* events without an offset, written to streams */
    uint64_t ephemeral_dropped;  /* the same, for streams that could not take them at that moment */
    uint64_t inbox_dropped;      /* records behind a hole that were not kept; they are fetched */
    uint64_t resends;            /* publishes that were sent again */
    uint64_t silences;           /* times the broker fell silent */
    uint64_t logs;               /* logs followed; more than one: the epoch changed */
    uint64_t publishes_full;     /* refused: too many wait for an outcome, or no memory */
    uint64_t publishes_no_log;   /* refused: no log yet */
    uint64_t records_too_large;  /* refused: the record, or its group, is too large */
    struct histogram publish_us; /* from taking a publish to its outcome */
};

/* Counters of tokens (edge/access/token_verifier_openssl.h). */
#define TOKEN_OUTCOMES (TOKEN_NO_MEMORY + 1)

struct token_counters {
    uint64_t cached;                   /* tokens found in the cache */
    uint64_t evicted;                  /* tokens removed from the cache for lack of room */
    uint64_t outcomes[TOKEN_OUTCOMES]; /* tokens not in the cache, by enum token_error */
};

/* Counters of HTTP: exchanges and connections. */
#define HTTP_STATUS_MIN 100
#define HTTP_STATUS_MAX 599

struct http_counters {
    uint64_t responses[HTTP_STATUS_MAX - HTTP_STATUS_MIN + 1]; /* by status; streams are 200 */
    uint64_t accepted;                                         /* connections accepted */
    uint64_t accept_pauses;    /* pauses of accepting: out of descriptors */
    uint64_t body_limit;       /* requests refused with 413 */
    uint64_t target_limit;     /* the same with 414 */
    uint64_t header_limit;     /* the same with 431 */
    uint64_t request_timeouts; /* the same with 408 */
    uint64_t idle_timeouts;
    uint64_t write_timeouts;
    uint64_t
        stream_text_limit; /* streams whose clients don't take the text that is queued for them */
    uint64_t streams_drained; /* ended by this edge while it drains */
};

#endif
