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
#include "broker/core/relay.h"
#include "broker/core/reports.h"
#include "broker/core/roster.h"
#include "broker/core/stats.h"
#include "common/base/list.h"
#include "common/wire/wire.h"

#define BROKER_TEXT_MAX (1u << 20)
#define BROKER_ARGUMENTS_MAX 6 /* of a command for an edge */

/* A reply on the control socket that waits to be taken with broker_next(). */
struct reply {
    struct list link;
    struct broker_peer peer;
    enum wire_type type;
    uint64_t request;
    enum err code;
    struct broker_read *read; /* RECORDS from the journal */
    struct buf text;          /* REPLY, WELCOME; ADMIN: the command and its arguments */
    size_t sizes[1 + BROKER_ARGUMENTS_MAX]; /* ADMIN: of the command and each argument in `text` */
    size_t argument_count;
    struct slice arguments[BROKER_ARGUMENTS_MAX];
};

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
    struct outcomes outcomes;
    struct reports reports;
    struct beacon beacon;
    struct stats stats;

    enum err append_error; /* of the last append; OK = the journal works */
    bool stopped;

    struct list replies;      /* struct reply */
    struct reply *reply_out;  /* given to the shell with the last action */
    struct list reads;        /* struct read_job, to be given to the shell */
    uint32_t read_count;      /* in all: waiting, out, or being answered */
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

/* ---- replies.c: what waits to go out on the control socket ---- */

/* Queues a reply, for the caller to fill in. Never NULL. */
struct reply *broker_add_reply(struct broker *b, const struct broker_peer *peer,
                               enum wire_type type, uint64_t request, enum err code);

/* A REPLY with one line. */
void broker_reply_text(struct broker *b, const struct broker_peer *peer, uint64_t request,
                       enum err code, const char *text);

/* A command for an edge (WIRE_ADMIN), with at most BROKER_ARGUMENTS_MAX arguments. False when it is too large, or there
 * is no memory. */
bool broker_command(struct broker *b, const struct broker_peer *peer, uint64_t request,
                    struct slice command, const struct slice *arguments, size_t count);

/* Fills in the frame of a reply. */
void broker_reply_frame(struct broker *b, struct reply *reply, struct wire_frame *out);

/* Frees a reply and the read it came from. */
void broker_reply_free(struct broker *b, struct reply *reply);

/* ---- reads.c: reads of the journal ---- */

/* A READ and a LATEST frame: begins a read, or answers at once when it can't be done. */
void broker_begin_read(struct broker *b, const struct broker_peer *peer,
                       const struct wire_read *frame, enum broker_read_type type, uint64_t count);
void broker_begin_latest(struct broker *b, const struct broker_peer *peer,
                         const struct wire_latest *frame);

/* A read of these selectors (copied), for the caller to fill in and to start. NULL: no memory. */
struct broker_read *broker_new_read(const struct slice *selectors, size_t count);
void broker_start_read(struct broker *b, struct broker_read *read, const struct broker_peer *peer,
                       uint64_t request, enum broker_read_type type, uint64_t count);

/* The next read for the shell, or NULL. */
struct broker_read *broker_take_read(struct broker *b);

/* Queues the reply to a read that came back. */
void broker_reply_to_read(struct broker *b, struct broker_read *read);

void broker_read_free(struct broker *b, struct broker_read *read);

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
