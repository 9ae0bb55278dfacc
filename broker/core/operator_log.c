/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/operator_log.h"

#include <assert.h>
#include <string.h>

void operator_log_init(struct operator_log *r)
{
    *r = (struct operator_log){0};
}

void operator_log_check(const struct operator_log *r)
{
    assert(r->count <= OPERATOR_LOG_MAX);
    assert(r->first < OPERATOR_LOG_MAX);
}

void operator_log_add(struct operator_log *r, enum broker_report_type type,
                      const struct edge_entry *edge, enum err code)
{
    struct broker_report *report;

    if (r->count == OPERATOR_LOG_MAX)
        return;
    report = &r->waiting[(r->first + r->count++) % OPERATOR_LOG_MAX];
    *report = (struct broker_report){.type = type, .code = code};
    if (edge != NULL) {
        report->incarnation = edge->incarnation;
        memcpy(report->name, edge->name, sizeof report->name);
    }
}

bool operator_log_next(struct operator_log *r, struct broker_report *out)
{
    if (r->count == 0)
        return false;
    *out = r->waiting[r->first];
    r->first = (r->first + 1) % OPERATOR_LOG_MAX;
    r->count--;
    return true;
}

static bool is_bad_peer(const struct operator_log *r, const struct control_peer *peer)
{
    for (size_t i = 0; i < r->bad_peer_count && i < OPERATOR_LOG_BAD_PEERS_MAX; i++) {
        if (r->bad_peers[i].size == peer->size &&
            memcmp(r->bad_peers[i].bytes, peer->bytes, peer->size) == 0)
            return true;
    }
    return false;
}

bool operator_log_first_malformed(struct operator_log *r, const struct control_peer *peer)
{
    if (peer == NULL) {
        bool first = !r->bad_publish;

        r->bad_publish = true;
        return first;
    }
    if (is_bad_peer(r, peer))
        return false;
    r->bad_peers[r->bad_peer_count++ % OPERATOR_LOG_BAD_PEERS_MAX] = *peer;
    return true;
}
