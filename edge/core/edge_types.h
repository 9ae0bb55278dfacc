/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_EDGE_TYPES_H
#define BELFRY_EDGE_CORE_EDGE_TYPES_H

/* What the functions of edge/core/edge.h take and return: pure data. */

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

/* What a subscriber asks for. */
struct subscribe {
    const struct slice *selectors; /* at least one; selector_parse() takes each */
    size_t selector_count;
    struct slice last_event_id; /* absent or empty: none */
    uint32_t history; /* first the last so many records, when there is no id to resume from */

    /* What its token allows. Private records reach it when one of their topics is granted. */
    struct grants *grants; /* a reference is taken; NULL: no token */
    bool open;             /* no tokens are asked for at all: private records too */
    uint64_t
        expires_ms; /* on the clock of now_ms: the stream is ended then, to come back; 0 = never */
    bool publisher_ids; /* an event has its publisher's id (as in Mercure), if there is one */
    bool hello;    /* belfry.hello first, belfry.sync when it has caught up; it gets a session */
    bool presence; /* wants belfry.presence events of its topics (exact selectors) */
    bool stats;    /* is told of the broker's figures: listens to edge_stats_topic() */
    enum watch watch;
    struct slice member; /* who listens: a token's subject, or a name; absent: not listed */
    struct slice
        payload; /* compact JSON that goes with the member; absent: what its grants say of each selector */
};

#define EDGE_STATS_TOPIC_SIZE 40

/* A stream that asked for `hello` has a session: `<incarnation, 16 hex digits>-<number>`. */
#define EDGE_SESSION_SIZE 40

struct session_change {
    const struct slice
        *add; /* selectors; records after the stream's place are theirs from now on */
    size_t add_count;
    const struct slice *remove;
    size_t remove_count;
    bool renew; /* grants and expires_ms take the place of the old ones */
    struct grants *grants;
    uint64_t expires_ms;
};

/* A page of the log. Backward (after == EDGE_BACKWARD): the last `limit` matching records before `before`.
 * Forward: the first ones after `after` and before `before`. */
#define EDGE_BACKWARD UINT64_MAX
#define EDGE_PAGE_MAX 1000

struct history {
    const struct slice *selectors;
    size_t selector_count;
    uint64_t after;
    uint64_t before; /* an offset; UINT64_MAX = from the head */
    uint32_t limit;  /* 1 .. EDGE_PAGE_MAX */
};

struct edge_status {
    struct epoch epoch;
    uint64_t term;
    uint64_t head;       /* newest offset in the tail */
    uint64_t known_head; /* newest offset that the broker has told of */
    uint64_t oldest;     /* of the log, as last told */
    struct wire_metrics
        metrics; /* connections is the shell's to fill in: edge_count_connections() */
};

#define EDGE_CENSUS_STEPS 7 /* records behind: 0, below 10, below 100, … below 100,000, more */
#define EDGE_CENSUS_STATES 4

struct edge_census {
    uint32_t behind[EDGE_CENSUS_STEPS];
    uint32_t states
        [EDGE_CENSUS_STATES]; /* enum stream_state; live ones only when they are not blocked */
    uint32_t blocked;         /* live, and their sockets are full */
};

#endif
