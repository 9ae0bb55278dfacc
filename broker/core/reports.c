/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/reports.h"

#include <assert.h>
#include <string.h>

void reports_init(struct reports *r)
{
    *r = (struct reports){0};
}

void reports_check(const struct reports *r)
{
    assert(r->count <= REPORTS_MAX);
    assert(r->first < REPORTS_MAX);
}

void reports_add(struct reports *r, enum broker_report_type type, const struct edge_entry *edge,
                 enum err code)
{
    struct broker_report *report;

    if (r->count == REPORTS_MAX)
        return;
    report = &r->waiting[(r->first + r->count++) % REPORTS_MAX];
    *report = (struct broker_report){.type = type, .code = code};
    if (edge != NULL) {
        report->incarnation = edge->incarnation;
        memcpy(report->name, edge->name, sizeof report->name);
    }
}

bool reports_next(struct reports *r, struct broker_report *out)
{
    if (r->count == 0)
        return false;
    *out = r->waiting[r->first];
    r->first = (r->first + 1) % REPORTS_MAX;
    r->count--;
    return true;
}

static bool is_bad_peer(const struct reports *r, const struct broker_peer *peer)
{
    for (size_t i = 0; i < r->bad_peer_count && i < REPORTS_BAD_PEERS_MAX; i++) {
        if (r->bad_peers[i].size == peer->size &&
            memcmp(r->bad_peers[i].bytes, peer->bytes, peer->size) == 0)
            return true;
    }
    return false;
}

bool reports_first_malformed(struct reports *r, const struct broker_peer *peer)
{
    if (peer == NULL) {
        bool first = !r->bad_publish;

        r->bad_publish = true;
        return first;
    }
    if (is_bad_peer(r, peer))
        return false;
    r->bad_peers[r->bad_peer_count++ % REPORTS_BAD_PEERS_MAX] = *peer;
    return true;
}
