/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_CORE_H
#define BELFRY_BROKER_CORE_CORE_H

/* The inside of the broker's core, shared by broker.c (events and actions), intake.c (publishes), ephemeral.c
 * (ephemeral records) and control.c (requests of edges and operators; replies.c, reads.c, commands.c, operator.c). Everybody else
 * sees broker.h. */

#include "broker/core/batch_queue.h"
#include "broker/core/beacon.h"
#include "broker/core/broker.h"
#include "broker/core/edges.h"
#include "broker/core/ephemeral.h"
#include "broker/core/outcomes.h"
#include "broker/core/reads.h"
#include "broker/core/relay.h"
#include "broker/core/replies.h"
#include "broker/core/reports.h"
#include "broker/core/roster.h"
#include "broker/core/stats.h"

struct broker {
    struct broker_config config;
    struct wire_decoder *decoder; /* for bodies */
    struct journal_state journal; /* without its edges */
    uint64_t last_time_ms;        /* of a record */
    uint64_t unix_ms;             /* of the last event */
    uint64_t now_ms;
    struct edges edges;
    struct roster roster;
    struct relays relays;
    struct batch_queue queue;
    struct ephemerals ephemerals;
    struct replies replies;
    struct reads reads;
    struct outcomes outcomes;
    struct reports reports;
    struct beacon beacon;
    struct stats stats;

    enum err append_error; /* of the last append; OK = the journal works */
    bool stopped;

    struct broker_trim *trim; /* an operator's, waiting or out; NULL: none */
    bool trim_out;            /* with the writer */
    bool set_log_level;       /* the shell does not know the level yet */

    uint64_t lease_ms; /* when silent edges are looked for again */
};

/* intake.c: a PUBLISH and an EPHEMERAL frame. */
void broker_intake(struct broker *b, uint64_t now_ms, const struct wire_publish *frame);
void broker_take_ephemeral(struct broker *b, uint64_t now_ms, const struct wire_ephemeral *frame);

/* control.c: a frame of the control socket. */
void broker_control(struct broker *b, uint64_t now_ms, const struct broker_peer *peer,
                    const struct wire_frame *frame);

/* Starts a read, of which the caller has filled in the query and `count`. */
void broker_start_read(struct broker *b, struct broker_read *read, enum broker_read_type type,
                       const struct broker_peer *peer, uint64_t request);

/* ---- commands.c: ADMIN frames ---- */

void broker_admin(struct broker *b, uint64_t now_ms, const struct broker_peer *peer,
                  const struct wire_admin *frame);

/* ---- operator.c: commands for edges, and those that only operators give ---- */

/* Hands a command on to an edge; its answer, or that there is none within `wait_ms`, goes to whoever asked. */
void broker_relay(struct broker *b, uint64_t now_ms, const struct broker_peer *peer,
                  const struct wire_admin *frame, const struct edge_entry *edge,
                  const struct wire_admin *command, uint64_t wait_ms);

/* An edge has answered such a command; and those that have had no answer in time. */
void broker_relay_reply(struct broker *b, const struct wire_reply *frame);
void broker_relay_expire(struct broker *b, uint64_t now_ms);

/* "edge" [edge, command, argument, …], "trim" [before, age_ms, "look" or ""], "log-level" [level, or nothing] */
void broker_command_edge(struct broker *b, uint64_t now_ms, const struct broker_peer *peer,
                         const struct wire_admin *frame);
void broker_command_trim(struct broker *b, const struct broker_peer *peer,
                         const struct wire_admin *frame);
void broker_command_log_level(struct broker *b, const struct broker_peer *peer,
                              const struct wire_admin *frame);

/* The next trim or level for the shell; false when there is none. */
bool broker_next_operation(struct broker *b, struct broker_action *out);

/* Queues the reply to a command that had to read. */
void broker_reply_to_command(struct broker *b, struct broker_read *read);

/* Puts an edge in the table's picture: heard of now. */
void broker_heard(struct broker *b, struct edge_entry *edge, uint64_t now_ms);

#endif
