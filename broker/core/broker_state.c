/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/broker_state.h"

void broker_mark_seen(struct broker *b, struct edge_entry *edge, uint64_t now_ms)
{
    if (edge_entry_mark_seen(edge, now_ms) && edge->greeted)
        operator_log_add(&b->operator_log, BROKER_REPORT_EDGE_JOINED, edge, OK);
}

void broker_start_read(struct broker *b, struct broker_read *read, enum broker_read_type type,
                       const struct control_peer *peer, uint64_t request)
{
    read->type = type;
    read->peer = *peer;
    read->request = request;
    read->query.now_ms = b->unix_ms;
    replies_start_read(&b->replies, read);
    b->counters.reads++;
}
