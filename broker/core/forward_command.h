/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_FORWARD_COMMAND_H
#define BELFRY_BROKER_CORE_FORWARD_COMMAND_H

/* Commands for edges, and those that only operators give. */

#include "broker/core/action.h"
#include "broker/core/broker_state.h"
#include "broker/core/control_peer.h"
#include "broker/core/edges.h"
#include "common/base/err.h"
#include "common/wire/wire.h"

#include <stdbool.h>
#include <stdint.h>

/* Relays a command to an edge. The peer that asked gets the edge's reply, or an error after
 * `wait_ms` without one. */
void broker_forward_command(struct broker *b, uint64_t now_ms, const struct control_peer *peer,
                            const struct wire_command *frame, const struct edge_entry *edge,
                            const struct wire_command *command, uint64_t wait_ms);

/* Passes an edge's reply on to the peer that asked. */
void broker_forward_reply(struct broker *b, const struct wire_reply *frame);

/* Replies with an error to the peers whose edge has not replied in time. */
void broker_expire_forwarded(struct broker *b, uint64_t now_ms);

/* "edge" [edge, command, argument, …], "trim" [before, age_ms, "look" or ""], "log-level"
 * [level, or nothing] */
void broker_command_edge(struct broker *b, uint64_t now_ms, const struct control_peer *peer,
                         const struct wire_command *frame);
void broker_command_trim(struct broker *b, const struct control_peer *peer,
                         const struct wire_command *frame);
void broker_command_log_level(struct broker *b, const struct control_peer *peer,
                              const struct wire_command *frame);

/* Returns the next trim or level for the shell; false when there is none. */
bool broker_next_operation(struct broker *b, struct broker_action *out);

/* Ends the trim that is out: replies to the operator, and commands the edges to forget what was
 * removed. `before`: the oldest record before the trim. The journal's state is up to date
 * already. */
void broker_end_trim(struct broker *b, uint64_t now_ms, enum err result, uint64_t oldest,
                     uint64_t before);

#endif
