/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_CONFIG_H
#define BELFRY_EDGE_CORE_CONFIG_H

/* The configuration of the edge's core: limits, times, and its description for the broker. */

#include "common/base/buf.h"
#include "common/base/hash.h"
#include "common/base/slice.h"
#include "edge/state/watch.h"

#include <stdbool.h>
#include <stdint.h>

struct wire_presence;

/* An event about a subscription, in the format of a protocol that the core does not know. */
struct subscription_event {
    struct buf topic;  /* the event's own topic: only streams that are granted it get the event */
    struct slice type; /* static text, or absent */
    struct buf data;
};

struct edge_config {
    uint64_t incarnation; /* 64 random bits, new at every start */
    const char *name;     /* the operator's label */
    const char *address;  /* where HTTP listens, shown to operators */
    const char *software; /* "belfry/0.1.0" */
    struct hash_key hash_key;

    uint64_t tail_bytes;   /* bytes of records held in memory (default 64 MiB) */
    uint64_t warm_records; /* number of records fetched before the edge is ready (default 10,000) */

    /* Bytes of batches kept while a hole is fetched. Further batches are dropped and fetched too
     * (default 16 MiB). */
    uint64_t hole_bytes;
    uint32_t heartbeat_ms; /* silence after which a stream gets a comment (default 15,000) */
    uint32_t deadline_ms;  /* time after which a publish without an outcome fails (default 5,000) */
    uint64_t pending_bytes; /* maximum bytes of publishes without an outcome (default 64 MiB) */
    uint32_t pending_count; /* maximum number of them (default 65,536) */
    uint32_t streams;       /* maximum number of open streams (default 1,000,000) */
    uint32_t stream_topics; /* maximum number of selectors of a stream (default 100) */

    /* Maximum number of pages of history held for streams behind the tail. When one more is
     * needed, the page that has waited longest for its reader is dropped, and read again later
     * (default 128). */
    uint32_t replay_pages;
    uint64_t replay_bytes; /* size of such a page (default 256 KiB) */
    uint64_t record_bytes; /* maximum size of a record's body (default 1 MiB) */
    uint32_t resend_ms;    /* time until a publish that is not accepted is resent (default 300) */
    uint32_t canary_ms;    /* interval of the canary (edge/state/canary.h); 0, the default: none */

    /* Makes the event about a subscription that begins or ends, in a dialect. Returns false if the
     * dialect has no event for it. NULL (the default): streams that watch subscriptions get no such
     * events. */
    bool (*describe)(const struct wire_presence *presence, enum watch dialect,
                     struct subscription_event *out);
};

/* Sets the defaults above. The caller sets incarnation, name, address, software and hash_key. */
void edge_config_init(struct edge_config *config);

#endif
