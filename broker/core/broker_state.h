/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_BROKER_STATE_H
#define BELFRY_BROKER_CORE_BROKER_STATE_H

/* The state of the broker's core: its parts and the fields that they share. Each part has a header
 * of its own. Only the metrics and the handlers of frames and commands include this header; the
 * shell includes broker.h. */

#include "broker/core/awaited_replies.h"
#include "broker/core/batch_queue.h"
#include "broker/core/beacon.h"
#include "broker/core/config.h"
#include "broker/core/counters.h"
#include "broker/core/edges.h"
#include "broker/core/ephemeral_queue.h"
#include "broker/core/operator_log.h"
#include "broker/core/operator_tasks.h"
#include "broker/core/publish_outcomes.h"
#include "broker/core/replies.h"
#include "broker/core/roster.h"

#include <stdbool.h>
#include <stdint.h>

struct broker {
    struct broker_config config;
    struct wire_decoder *decoder; /* of the records in frames */
    struct journal_state journal; /* without the numbers of edges, which are in `edges` */
    uint64_t last_time_ms;        /* time of the newest publish; never decreases */
    uint64_t unix_ms;             /* wall-clock time at the last frame or tick */
    uint64_t now_ms;              /* monotonic time at the last frame or tick */
    struct edges edges;
    struct roster roster;
    struct awaited_replies awaited;
    struct batch_queue queue;
    struct ephemeral_queue ephemerals;
    struct replies replies;
    struct publish_outcomes outcomes;
    struct operator_log operator_log;
    struct operator_tasks tasks;
    struct beacon beacon;
    struct broker_counters counters;

    enum err append_error; /* result of the last append */
    bool stopped;          /* broker_stop() was called: publishes are dropped */

    uint64_t lease_ms; /* time of the next search for silent edges and late replies */
};

/* Marks the edge as seen now, and reports an edge that has come back. */
void broker_mark_seen(struct broker *b, struct edge_entry *edge, uint64_t now_ms);

/* Starts a read. The caller has filled in its `query` and `count`. */
void broker_start_read(struct broker *b, struct broker_read *read, enum broker_read_type type,
                       const struct control_peer *peer, uint64_t request);

#endif
