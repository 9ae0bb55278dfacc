/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/send.h"

#include "edge/core/canary_exchange.h"
#include "edge/core/edge_state.h"
#include "edge/core/status.h"
#include "edge/core/tail_update.h"
#include "edge/state/inbox.h"
#include "edge/state/link.h"
#include "edge/state/outbox.h"
#include "edge/state/presence.h"
#include "edge/state/tail.h"

#include <string.h>

#define FETCH_BYTES (1u << 20) /* maximum size of one fetch */

static bool next_fetch(struct edge *e, struct edge_action *out)
{
    uint64_t head = tail_head(&e->tail);
    struct read *read;
    uint64_t until;

    if (!link_joined(&e->link) || e->link.silent || e->now_ms < e->link.read_pause_ms ||
        !inbox_hole(&e->inbox, head, &until))
        return false;
    read = link_begin_read(&e->link, e->now_ms, READ_HOLE, NULL);
    if (read == NULL)
        return false;
    if (tail_update_warm(e))
        edge_add_report(e, EDGE_REPORT_HOLE, OK, until - head, (struct slice){0});
    e->metrics.fetches++;
    out->send.frame.type = WIRE_READ;
    out->send.frame.read = (struct wire_read){.request = read->request,
                                              .epoch = e->link.epoch,
                                              .after = head,
                                              .until = until,
                                              .max_bytes = FETCH_BYTES};
    return true;
}

static bool next_hello(struct edge *e, struct edge_action *out)
{
    uint64_t request = link_start_hello(&e->link, e->now_ms);

    if (request == 0)
        return false;
    out->send.frame.type = WIRE_HELLO;
    out->send.frame.hello = (struct wire_hello){.request = request,
                                                .incarnation = e->config.incarnation,
                                                .name = slice_str(e->config.name),
                                                .software = slice_str(e->config.software),
                                                .address = slice_str(e->config.address)};
    return true;
}

static bool next_members(struct edge *e, struct edge_action *out)
{
    if (!link_joined(&e->link) || e->link.silent ||
        !presence_next(&e->presence, &out->send.frame.members))
        return false;
    out->send.frame.type = WIRE_MEMBERS;
    out->send.frame.members.incarnation = e->config.incarnation;
    return true;
}

static bool next_ephemeral(struct edge *e, struct edge_action *out)
{
    if (!link_joined(&e->link))
        return false;
    memset(&out->send.frame, 0, sizeof out->send.frame);
    if (!outbox_next_ephemeral(&e->outbox, &out->send.frame.ephemeral))
        return false;
    out->type = EDGE_SEND;
    out->send.socket = EDGE_SOCKET_PUBLISH;
    out->send.frame.type = WIRE_EPHEMERAL;
    out->send.frame.ephemeral.epoch = e->link.epoch;
    return true;
}

static bool next_publish(struct edge *e, struct edge_action *out)
{
    if (!link_joined(&e->link))
        return false;
    memset(&out->send.frame, 0, sizeof out->send.frame);
    if (!outbox_next(&e->outbox, e->now_ms, &out->send.frame.publish))
        return false;
    out->type = EDGE_SEND;
    out->send.socket = EDGE_SOCKET_PUBLISH;
    out->send.frame.type = WIRE_PUBLISH;
    out->send.frame.publish.epoch = e->link.epoch;
    return true;
}

static bool next_ping(struct edge *e, struct edge_action *out)
{
    struct edge_status status;

    if (!e->link.want_ping)
        return false;
    e->link.want_ping = false;
    e->metrics.pings++;
    status_read(e, &status);
    out->send.frame.type = WIRE_PING;
    out->send.frame.ping.incarnation = e->config.incarnation;
    out->send.frame.ping.metrics = status.metrics;
    return true;
}

static bool next_control(struct edge *e, struct edge_action *out)
{
    out->type = EDGE_SEND;
    out->send.socket = EDGE_SOCKET_CONTROL;
    memset(&out->send.frame, 0, sizeof out->send.frame);
    return next_hello(e, out) || next_fetch(e, out) || next_members(e, out) || next_ping(e, out);
}

bool send_next(struct edge *e, struct edge_action *out)
{
    return next_publish(e, out) || next_ephemeral(e, out) || canary_exchange_next(e, out) ||
           next_control(e, out);
}
