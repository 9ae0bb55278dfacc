/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_OPERATOR_LOG_H
#define BELFRY_BROKER_CORE_OPERATOR_LOG_H

/* The entries for the operator's log that wait for the shell. It also remembers the peers whose
 * malformed frames were reported already. */

#include "broker/core/action.h"
#include "broker/core/control_peer.h"
#include "broker/core/edges.h"
#include "common/base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define OPERATOR_LOG_MAX 32           /* waiting; further ones are dropped */
#define OPERATOR_LOG_BAD_PEERS_MAX 16 /* control peers whose malformed frames were reported */

struct operator_log {
    struct broker_report waiting[OPERATOR_LOG_MAX]; /* a ring */
    size_t count;
    size_t first;
    struct control_peer
        bad_peers[OPERATOR_LOG_BAD_PEERS_MAX]; /* a ring, the oldest is overwritten */
    size_t bad_peer_count;                     /* number ever added */
    bool bad_publish;                          /* a malformed frame came on the publish socket */
};

void operator_log_init(struct operator_log *r);
void operator_log_check(const struct operator_log *r);

/* Adds a report. `edge` may be NULL. */
void operator_log_add(struct operator_log *r, enum broker_report_type type,
                      const struct edge_entry *edge, enum err code);

/* Returns the next report. Returns false when there is none. */
bool operator_log_next(struct operator_log *r, struct broker_report *out);

/* Returns true for the first malformed frame of a control peer, or of the publish socket (NULL). */
bool operator_log_first_malformed(struct operator_log *r, const struct control_peer *peer);

#endif
