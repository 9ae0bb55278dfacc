/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_BROKER_H
#define BELFRY_BROKER_CORE_BROKER_H

/* The broker's core: it takes publishes from edges, puts them into batches, and when the journal
 * has stored a batch, broadcasts it. It replies to reads, keeps the table of edges and counts.
 *
 * It is a state machine: the shell hands it events (frames, finished jobs, ticks) and then drains
 * the actions with broker_next() until there are none. It does no I/O and knows no clock. One
 * thread.
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

/* `journal` is copied from. The config's strings must outlive the broker. */
struct broker *broker_create(const struct broker_config *config,
                             const struct journal_state *journal, uint64_t now_ms,
                             uint64_t unix_ms);
void broker_destroy(struct broker *b); /* takes NULL; jobs still out must be handed back before */

/* The next thing to do; false when there is nothing. At most one append is out at a time. */
bool broker_next(struct broker *b, struct broker_action *out);

/* A frame from the publish socket (peer == NULL) or the control socket. */
void broker_received(struct broker *b, uint64_t now_ms, uint64_t unix_ms,
                     const struct control_peer *peer, const struct wire_frame *frame);

/* A frame that could not be decoded (ERR_MALFORMED, ERR_VERSION, …): counted; a peer on the control
 * socket gets a reply. Returns true the first time for that peer: then the shell logs it. */
bool broker_malformed(struct broker *b, const struct control_peer *peer, enum err err);

/* The writer is done. `result` as from journal_append(). `journal`: the state after it. */
void broker_appended(struct broker *b, uint64_t now_ms, struct batch *batch, enum err result,
                     const struct journal_state *journal, uint64_t commit_us);

/* Maintenance changed the journal's state (oldest, sizes). */
void broker_maintained(struct broker *b, uint64_t now_ms, const struct journal_state *journal);

/* The writer is done with the trim that is out. `result` and `oldest` as from journal_trim();
 * `journal`: the state after it. The edges are commanded to forget those records too. */
void broker_trimmed(struct broker *b, uint64_t now_ms, enum err result, uint64_t oldest,
                    const struct journal_state *journal);

void broker_read_done(struct broker *b, uint64_t now_ms, struct broker_read *read);

/* Time passes: beacons, leases. Call it when broker_deadline() is reached (late is harmless). */
void broker_tick(struct broker *b, uint64_t now_ms, uint64_t unix_ms);
uint64_t broker_deadline(const struct broker *b); /* on the clock of now_ms */

/* Refuses further publishes, so that a shutdown can wait for the last append. */
void broker_stop(struct broker *b);
bool broker_idle(const struct broker *b); /* no append, no trim and no read is out */

/* Asserts the invariants. Debug builds call it after each of the functions above. */
void broker_check(const struct broker *b);

#endif
