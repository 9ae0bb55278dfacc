/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_FORWARD_COMMAND_H
#define BELFRY_BROKER_CORE_FORWARD_COMMAND_H

/* Commands that the broker forwards to an edge, and the edge's replies. */

#include "broker/core/action.h"
#include "broker/core/broker_state.h"
#include "broker/core/control_peer.h"
#include "broker/core/edges.h"
#include "common/base/err.h"
#include "common/wire/wire.h"

#include <stdbool.h>
#include <stdint.h>

/* Forwards `command`, which came in `frame`, to an edge. The peer that sent `frame` gets the edge's
 * reply, or an error when there is none within `wait_ms`. */
void broker_forward_command(struct broker *b, uint64_t now_ms, const struct control_peer *peer,
                            const struct wire_command *frame, const struct edge_entry *edge,
                            const struct wire_command *command, uint64_t wait_ms);

/* Passes an edge's reply on to the peer that sent the command. */
void broker_forward_reply(struct broker *b, const struct wire_reply *frame);

/* Replies with an error to the peers whose edge has not replied in time. */
void broker_expire_forwarded(struct broker *b, uint64_t now_ms);

/* Handles "edge" [edge, command, argument, …]: forwards the command to the edge with this name or
 * incarnation. */
void broker_command_edge(struct broker *b, uint64_t now_ms, const struct control_peer *peer,
                         const struct wire_command *frame);

/* Handles "session" [session, …]: forwards it to the edge whose incarnation the session names. */
void broker_command_session(struct broker *b, uint64_t now_ms, const struct control_peer *peer,
                            const struct wire_command *frame);

#endif
