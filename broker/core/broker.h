/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_BROKER_H
#define BELFRY_BROKER_CORE_BROKER_H

/* The broker's core: a state machine between the edges, the journal and the operators.
 *
 * It collects publishes from edges in batches, and broadcasts each batch that the journal has
 * stored. It replies to reads and commands, and keeps the table of edges, the roster and counters.
 *
 * The shell passes events to the core (frames, finished jobs, ticks), and then takes all actions
 * with broker_next(). It does no I/O and has no clock. `now_ms` is a monotonic time that must not
 * decrease from call to call; `unix_ms` is the wall clock. Not thread-safe.
 *
 *   frames ──> broker_received() ──> BROKER_APPEND ──> (writer thread) ──> broker_appended()
 *                      │                                                        │
 *                      ├──> BROKER_READ ──> (reader thread) ──> broker_read_done()
 *                      │                                                │       │
 *                      └──> BROKER_BROADCAST, BROKER_REPLY <────────────┴───────┘ */

#include "broker/core/action.h"
#include "broker/core/config.h"
#include "broker/core/control_peer.h"
#include "broker/journal/batch.h"
#include "broker/journal/journal.h"
#include "common/base/err.h"
#include "common/wire/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct broker;

/* Creates the core. `config` and `journal` are copied. The strings of `config` must outlive the
 * broker. */
struct broker *broker_create(const struct broker_config *config,
                             const struct journal_state *journal, uint64_t now_ms,
                             uint64_t unix_ms);
/* Frees the core. NULL is allowed. The shell must have returned all reads. */
void broker_destroy(struct broker *b);

/* Returns the next action. Returns false when there is none. */
bool broker_next(struct broker *b, struct broker_action *out);

/* Handles a frame from the publish socket (peer == NULL) or the control socket. */
void broker_received(struct broker *b, uint64_t now_ms, uint64_t unix_ms,
                     const struct control_peer *peer, const struct wire_frame *frame);

/* Counts a frame that could not be decoded (ERR_MALFORMED, ERR_VERSION, …), and replies to a
 * peer on the control socket. Returns true for the first such frame of the peer, which the shell
 * logs. */
bool broker_malformed(struct broker *b, const struct control_peer *peer, enum err err);

/* Takes the batch back from the writer. `result` is that of journal_append(), `journal` the state
 * after it. */
void broker_appended(struct broker *b, uint64_t now_ms, struct batch *batch, enum err result,
                     const struct journal_state *journal, uint64_t commit_us);

/* Takes the journal's state (oldest offset, sizes) after maintenance. */
void broker_maintained(struct broker *b, uint64_t now_ms, const struct journal_state *journal);

/* Ends the trim that is with the writer. `result` and `oldest` are those of journal_trim(),
 * `journal` is the state after it. Unless it was a dry run, the edges are commanded to remove the
 * records too. */
void broker_trimmed(struct broker *b, uint64_t now_ms, enum err result, uint64_t oldest,
                    const struct journal_state *journal);

/* Takes a read back from the reader. */
void broker_read_done(struct broker *b, uint64_t now_ms, struct broker_read *read);

/* Sends beacons and expires leases. Call it when broker_deadline() is reached; a late call is
 * harmless. */
void broker_tick(struct broker *b, uint64_t now_ms, uint64_t unix_ms);

/* Returns the time of the next tick, on the clock of now_ms. */
uint64_t broker_deadline(const struct broker *b);

/* Makes the core drop further publishes, so that a shutdown can wait for the last append. */
void broker_stop(struct broker *b);

/* Returns true when no append, trim or read is waiting or in progress. */
bool broker_idle(const struct broker *b);

/* Asserts the invariants. Debug builds call it after each of the functions above. */
void broker_check(const struct broker *b);

#endif
