/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_REPORTS_H
#define BELFRY_BROKER_CORE_REPORTS_H

/* Reports for the operator's log that wait for the shell, and which malformed frames were
 * reported already. */

#include "broker/core/action.h"
#include "broker/core/edges.h"
#include "broker/core/peer.h"
#include "common/base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define REPORTS_MAX 32           /* waiting; further ones are dropped */
#define REPORTS_BAD_PEERS_MAX 16 /* control peers whose malformed frames were reported */

struct reports {
    struct broker_report waiting[REPORTS_MAX]; /* a ring */
    size_t count;
    size_t first;
    struct broker_peer bad_peers[REPORTS_BAD_PEERS_MAX]; /* a ring, the oldest is overwritten */
    size_t bad_peer_count;                               /* number ever added */
    bool bad_publish; /* a malformed frame came on the publish socket */
};

void reports_init(struct reports *r);
void reports_check(const struct reports *r);

/* Adds a report about an edge, or about none (NULL). */
void reports_add(struct reports *r, enum broker_report_type type, const struct edge_entry *edge,
                 enum err code);

/* Takes the next report; false when there is none. */
bool reports_next(struct reports *r, struct broker_report *out);

/* Returns true for the first malformed frame of a control peer, or of the publish socket (NULL). */
bool reports_first_malformed(struct reports *r, const struct broker_peer *peer);

#endif
