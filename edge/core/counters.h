/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_COUNTERS_H
#define BELFRY_EDGE_CORE_COUNTERS_H

/* What an edge counts, since its start, beside the figures that it tells the broker (common/wire/wire.h). Everything here is
 * counted once a batch, a request or a page, nothing once a delivery. What each means to the operator is in
 * deploy/docs/metrics.md; edge/shell/metrics.c writes them. Pure data: all zero at first. */

#include "common/base/histogram.h"
#include "common/token/token.h"

#include <stdint.h>

/* Why a stream was told of a gap. */
enum gap_reason { GAP_EXPIRED, GAP_UNKNOWN, GAP_EPOCH };
#define GAP_REASONS 3

/* The core's. */
struct edge_counters {
    uint64_t streams_opened;
    uint64_t streams_full; /* not opened: as many as may be are open */
    uint64_t streams_draining;
    uint64_t streams_no_log;  /* not opened: no log yet, or none that can be judged */
    uint64_t resumed_tail;    /* opened with a Last-Event-ID that is in memory */
    uint64_t resumed_log;     /* with one that the broker must read from */
    uint64_t resumed_unknown; /* with one that names no place in this log */
    uint64_t gaps[GAP_REASONS];
    uint64_t pages;         /* of history that came */
    uint64_t page_records;  /* shown from them */
    uint64_t pages_dropped; /* to make room: their readers had stalled */
    /* In the core: those of pages; edge_counters() adds those of the tail (struct gather). */
    uint64_t skipped_private;     /* records that a stream passed over: private, without a grant */
    uint64_t skipped_expired;     /* the same: their time to live was over */
    uint64_t ephemeral_received;  /* ephemeral records that came */
    uint64_t ephemeral_delivered; /* events without a place, written to streams */
    uint64_t ephemeral_dropped; /* the same, for streams that could not take them at that moment */
    uint64_t inbox_dropped;     /* records behind a hole that were not kept: they are fetched too */
    uint64_t resends;           /* publishes that were sent again */
    uint64_t silences;          /* of the broker */
    uint64_t logs;              /* followed: more than one means that the epoch changed */
    uint64_t publishes_full;    /* refused: too many wait for an outcome */
    uint64_t publishes_no_log;  /* refused: no log yet */
    uint64_t records_too_large;
    struct histogram publish_us; /* from taking a publish to its outcome */
};

/* Those of tokens (edge/access/token_verifier_openssl.h). */
#define TOKEN_OUTCOMES (TOKEN_NO_MEMORY + 1)

struct token_counters {
    uint64_t cached;                   /* verified before: found in the cache */
    uint64_t evicted;                  /* from the cache, for lack of room */
    uint64_t outcomes[TOKEN_OUTCOMES]; /* by enum token_error; TOKEN_OK: verified now */
};

/* Those of HTTP: the exchange's and the connections'. */
#define HTTP_STATUS_MIN 100
#define HTTP_STATUS_MAX 599

struct http_counters {
    uint64_t responses[HTTP_STATUS_MAX - HTTP_STATUS_MIN + 1]; /* by status; streams are 200 */
    uint64_t accepted;                                         /* connections */
    uint64_t accept_pauses;                                    /* out of descriptors */
    uint64_t body_limit; /* what is no request, or too large or slow for one */
    uint64_t target_limit;
    uint64_t header_limit;
    uint64_t request_timeouts;
    uint64_t idle_timeouts;
    uint64_t write_timeouts;
    uint64_t stream_text_limit; /* streams whose own text their clients don't take */
    uint64_t streams_drained;   /* ended by us, to come back elsewhere */
};

#endif
