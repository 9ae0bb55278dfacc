/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/canary_exchange.h"

#include "edge/core/edge_state.h"
#include "edge/state/canary.h"
#include "edge/state/link.h"

#include <string.h>

bool canary_exchange_next(struct edge *e, struct edge_action *out)
{
    static const struct slice topic = SLICE_INIT(CANARY_TOPIC);
    struct record record = {.flags = RECORD_EPHEMERAL,
                            .origin = e->config.incarnation,
                            .topic_count = 1,
                            .topics = &topic,
                            .data = SLICE("")};

    if (!link_joined(&e->link) || e->link.silent ||
        !canary_send(&e->canary, e->now_ms, edge_now_us(e), e->link.edges))
        return false;
    record.seq = e->canary.number;
    buf_reset(&e->text);
    wire_encode_body(&e->text, &record);
    if (!buf_ok(&e->text))
        return false; /* it counts as lost */
    e->canary_body = buf_all(&e->text);
    memset(&out->send.frame, 0, sizeof out->send.frame);
    out->type = EDGE_SEND;
    out->send.socket = EDGE_SOCKET_PUBLISH;
    out->send.frame.type = WIRE_EPHEMERAL;
    out->send.frame.ephemeral = (struct wire_ephemeral){.epoch = e->link.epoch,
                                                        .incarnation = e->config.incarnation,
                                                        .bodies = &e->canary_body,
                                                        .count = 1};
    return true;
}

bool canary_exchange_take(struct edge *e, const struct record *record)
{
    if (record->topic_count != 1 || !canary_is_topic(record->topics[0]))
        return false;
    if (record->origin == e->config.incarnation)
        canary_returned(&e->canary, record->seq, edge_now_us(e));
    return true;
}
