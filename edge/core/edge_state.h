/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_EDGE_STATE_H
#define BELFRY_EDGE_CORE_EDGE_STATE_H

/* The state of the edge's core: the parts that it embeds, and what they share. Each part has its
 * own header. Only files of this folder include it; everybody else uses edge.h.
 *
 * Each file calls only files on lines below its own:
 *
 *   edge                                the public functions, and the order of actions
 *   receive, send, subscribe, fanout    frames from and to the broker; opening and serving streams
 *   session, catchup                    what streams have beyond topics; streams behind the tail
 *   stats_feed                          streams that get the broker's statistics
 *   control, ephemeral_fanout           queries and commands; events without an offset
 *   tail_update, transition, canary_exchange, status, accept_publish
 *   edge_state                          the state, reports for the log, the invariants */

#include "edge/core/action.h"
#include "edge/core/config.h"
#include "edge/core/counters.h"
#include "edge/state/canary.h"
#include "edge/state/control_queues.h"
#include "edge/state/delivery.h"
#include "edge/state/ephemeral.h"
#include "edge/state/inbox.h"
#include "edge/state/link.h"
#include "edge/state/outbox.h"
#include "edge/state/presence.h"
#include "edge/state/stream_extra.h"

#define EDGE_REPORTS_MAX 32 /* reports that wait for the shell; further ones are dropped */

/* The streams that get the broker's statistics. */
struct stats_feed {
    uint32_t streams;
    uint64_t next_ms; /* when the broker is asked next */
    bool waiting;     /* the broker has been asked and has not answered yet */
};

struct edge {
    struct edge_config config;
    struct wire_decoder *decoder; /* for records' bodies */
    uint64_t now_ms;              /* time of the last event */

    uint64_t ticked_ms; /* time of the last edge_tick() */
    uint64_t unix_ms;   /* the wall clock; 0 = not known */
    bool busy;          /* an event has come: there may be more to do than fan-out */
    bool draining;      /* edge_drain(): the operator's decision, whatever the link's state */
    bool was_ready;     /* the last tick found the edge ready: only a change is logged */

    struct link link;
    struct tail tail;
    struct topics topics;
    struct inbox inbox;
    struct outbox outbox;
    struct delivery delivery;
    struct extra_table extras;
    uint64_t last_drawn; /* number of members made by edge_draw_member() */
    struct ephemeral ephemeral;

    struct control_queues control;
    struct presence presence;

    /* Scratch. */
    struct buf sse;  /* an event for several streams */
    struct buf text; /* an event for one stream, or the canary's body */
    struct topic *record_topics[RECORD_TOPICS_MAX];
    struct slice *selectors;       /* of the READ frame handed to the shell */
    struct pending *given_publish; /* given to the shell with the last action */

    struct wire_metrics metrics;
    struct edge_counters counters;
    struct stats_feed stats_feed;
    struct canary canary;
    struct slice canary_body; /* of the canary in the frame handed to the shell */
    uint64_t now_us;          /* time by edge_set_micros(); 0: not known */
    bool malformed_reported;  /* edge_malformed() has returned true since the last good frame */
    struct edge_report reports[EDGE_REPORTS_MAX];
    size_t report_first;
    size_t report_count;
    uint64_t unchecked_calls; /* public calls since the last complete check (debug builds) */
};

/* Returns the current time in microseconds. */
static inline uint64_t edge_now_us(const struct edge *e)
{
    return e->now_us != 0 ? e->now_us : e->now_ms * 1000;
}

/* Queues a report for the operator's log. Drops it when EDGE_REPORTS_MAX wait for the shell. */
void edge_add_report(struct edge *e, enum edge_report_type type, enum err code, uint64_t number,
                     struct slice text);

/* Takes the next report for the log. Returns false when there is none. */
bool edge_next_report(struct edge *e, struct edge_report *out);

/* Asserts the invariants of each part, and those between parts. Examines each stream, topic and
 * publish. */
void edge_state_check(const struct edge *e);

/* Does the same, but only in some calls: the more there is to examine, the fewer. So the average
 * cost of a call is constant. */
void edge_state_check_call(struct edge *e);

#endif
