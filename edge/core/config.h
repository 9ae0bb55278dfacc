/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_CONFIG_H
#define BELFRY_EDGE_CORE_CONFIG_H

/* The edge's limits, and what it sends to the broker about itself. */

#include "common/base/buf.h"
#include "common/base/hash.h"
#include "common/base/slice.h"
#include "edge/state/watch.h"

#include <stdbool.h>
#include <stdint.h>

struct wire_presence;

/* An event about a subscription, in the words of a protocol that the core does not know. */
struct subscription_event {
    struct buf topic;  /* the event's own topic: only streams that are granted it get the event */
    struct slice type; /* static text, or absent */
    struct buf data;
};

struct edge_config {
    uint64_t incarnation; /* 64 random bits, new at every start */
    const char *name;     /* the operator's label */
    const char *address;  /* where HTTP listens, for the operator's eyes */
    const char *software; /* "belfry/0.1.0" */
    struct hash_key hash_key;

    uint64_t tail_bytes;   /* records held in memory (default 64 MiB) */
    uint64_t warm_records; /* fetched before the edge is ready (default 10,000) */
    uint64_t
        hole_bytes; /* batches kept while a hole is fetched; beyond it they are dropped and fetched
                                too (default 16 MiB) */
    uint32_t heartbeat_ms;  /* silence after which a stream gets a comment (default 15,000) */
    uint32_t deadline_ms;   /* a publish without an outcome by then is given up (default 5,000) */
    uint64_t pending_bytes; /* publishes without an outcome; beyond it they are refused (64 MiB) */
    uint32_t pending_count; /* the same by number (default 65,536) */
    uint32_t streams; /* open streams; beyond it edge_subscribe() says ERR_TOO_MANY (1,000,000) */
    uint32_t stream_topics; /* selectors of one stream (default 100) */
    uint32_t
        replay_pages; /* pages of history held at once for streams behind the tail; beyond it the
                                page that waits longest for its reader is dropped, and read again later
                                (default 128) */
    uint64_t replay_bytes; /* size of such a page (default 256 KiB) */
    uint64_t record_bytes; /* a body may not be larger (default 1 MiB) */
    uint32_t resend_ms;    /* a publish that the broker has not taken by then is sent again (300) */
    uint32_t canary_ms;    /* edge/state/canary.h (default 0: none) */

    /* Describes a subscription that begins or ends, in a dialect. Returns false if the dialect has no words for it.
     * NULL (the default): streams that watch get no such events. */
    bool (*describe)(const struct wire_presence *presence, enum watch dialect,
                     struct subscription_event *out);
};

/* The defaults above; incarnation, name, address, software and hash_key are the caller's to set. */
void edge_config_init(struct edge_config *config);

#endif
