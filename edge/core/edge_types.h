/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_EDGE_TYPES_H
#define BELFRY_EDGE_CORE_EDGE_TYPES_H

/* The structs that the functions of edge/core/edge.h take and return. Pure data. */

#include "common/base/slice.h"
#include "common/wire/event_id.h"
#include "common/wire/wire.h"
#include "edge/state/watch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct grants;

#define EDGE_GROUP_MAX 1000
#define EDGE_GROUP_BYTES (1u << 20)

/* What a subscriber wants. */
struct subscribe {
    const struct slice *selectors; /* at least one; selector_parse() takes each */
    size_t selector_count;
    struct slice last_event_id; /* absent or empty: none */
    uint32_t history; /* number of past records to send first, when there is no id to resume from */

    /* What the subscriber's token allows. Private records reach it when one of their topics is
     * granted. */
    struct grants *grants; /* a reference is taken; NULL: no token */
    bool open;             /* tokens are not required: it gets private records too */
    uint64_t expires_ms;   /* when the stream is ended, on the clock of now_ms; 0 = never */
    bool
        publisher_ids; /* events carry their publishers' ids, where there are any (as in Mercure) */
    bool hello;        /* belfry.hello first, belfry.sync after catching up; gives it a session */
    bool presence;     /* wants belfry.presence events of its topics (exact selectors) */
    bool stats;        /* gets the broker's statistics: it listens to edge_stats_topic() */
    enum watch watch;  /* the events about others' subscriptions that it gets */
    struct slice member; /* who listens: a token's subject, or a name; absent: not listed */

    /* Compact JSON that is published with the member. Absent: the payload of the grants for each
     * selector. */
    struct slice payload;
};

#define EDGE_STATS_TOPIC_SIZE 40

/* A stream with `hello` has a session: `<incarnation, 16 hex digits>-<number>`. */
#define EDGE_SESSION_SIZE 40

/* A change of a live stream. */
struct session_change {
    const struct slice *add; /* selectors; the stream gets their records from its cursor on */
    size_t add_count;
    const struct slice *remove;
    size_t remove_count;
    bool renew; /* grants and expires_ms replace the old ones */
    struct grants *grants;
    uint64_t expires_ms;
};

/* A page of the log. Backward (after == EDGE_BACKWARD): the last `limit` matching records before
 * `before`. Forward: the first ones after `after` and before `before`. */
#define EDGE_BACKWARD UINT64_MAX
#define EDGE_PAGE_MAX 1000

struct history {
    const struct slice *selectors;
    size_t selector_count;
    uint64_t after;
    uint64_t before; /* an offset; UINT64_MAX = no bound */
    uint32_t limit;  /* 1 .. EDGE_PAGE_MAX */
};

struct edge_status {
    struct epoch epoch;
    uint64_t term;
    uint64_t head;       /* newest offset in the tail */
    uint64_t known_head; /* newest offset that the broker has reported */
    uint64_t oldest;     /* oldest offset of the log, as last reported */

    /* The shell sets the number of connections: edge_count_connections(). */
    struct wire_metrics metrics;
};

#define EDGE_CENSUS_STEPS 7 /* records behind: 0, below 10, below 100, … below 100,000, more */
#define EDGE_CENSUS_STATES 4

/* The number of streams, by state and by number of records behind the head. */
struct edge_census {
    uint32_t behind[EDGE_CENSUS_STEPS];
    uint32_t states[EDGE_CENSUS_STATES]; /* by enum stream_state; without the blocked live ones */
    uint32_t blocked;                    /* live ones whose sockets are full */
};

#endif
