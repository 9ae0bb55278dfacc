/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_HANDLE_COMMAND_H
#define BELFRY_BROKER_CORE_HANDLE_COMMAND_H

/* Handles the commands of edges and operators (COMMAND frames). */

#include "broker/core/action.h"
#include "broker/core/broker_state.h"
#include "broker/core/control_peer.h"
#include "common/wire/wire.h"

#include <stdint.h>

/* Runs a command: replies to it, starts a read or a task for it, or forwards it to an edge. */
void broker_handle_command(struct broker *b, uint64_t now_ms, const struct control_peer *peer,
                           const struct wire_command *frame);

/* Queues the reply to a command that needed a read. The reply owns the read. */
void broker_finish_command(struct broker *b, struct broker_read *read);

/* Ends the trim that is with the shell: replies to the operator, and commands the edges to forget
 * what was removed. `before` is the oldest offset before the trim, `oldest` the one after it.
 * b->journal must be the state after the trim. */
void broker_end_trim(struct broker *b, uint64_t now_ms, enum err result, uint64_t oldest,
                     uint64_t before);

#endif
