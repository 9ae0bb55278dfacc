/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "sim.h"

#include "common/base/mem.h"

/* An edge process: its core, and client sockets that accept a limited number of bytes at a time. */

void edge_start(struct sim *s, struct sim_edge *edge)
{
    struct edge_config config;

    edge_config_init(&config);
    config.incarnation = chance_next(&s->chance) | 1;
    config.name = "edge";
    config.tail_bytes = 1000 + chance_below(&s->chance, 20000);
    config.warm_records = chance_below(&s->chance, 50);
    config.hole_bytes = 500 + chance_below(&s->chance, 4000);
    config.heartbeat_ms = 160 + (uint32_t)chance_below(&s->chance, 3000);
    config.deadline_ms = 1000 + (uint32_t)chance_below(&s->chance, 3000);
    config.pending_count = 64;
    config.replay_pages = 1 + (uint32_t)chance_below(&s->chance, 4);
    config.replay_bytes = 100 + chance_below(&s->chance, 1000);
    config.canary_ms = 1000;
    edge->core = edge_create(&config, s->now_ms);
    edge->up = true;
    edge->generation++;
}

void edge_crash(struct sim *s, struct sim_edge *edge)
{
    if (!edge->up)
        return;
    s->crashes++;
    for (int i = 0; i < SIM_CLIENTS; i++) {
        if (s->clients[i].edge == (int)(edge - s->edges)) {
            s->clients[i].stream = NULL; /* freed with the core */
            client_gone(s, &s->clients[i]);
        }
    }
    edge_destroy(edge->core);
    edge->core = NULL;
    edge->up = false;
    edge->restart_ms = s->now_ms + 10 + chance_below(&s->chance, 1500);
    publish_edge_died(s, (int)(edge - s->edges));
    bus_reset(s, edge);
}

/* Writes the bytes that fit into the client's socket, and reports their number to the core. */
static void write_some(struct sim *s, struct sim_edge *edge, const struct edge_write_action *action)
{
    struct sim_client *client = action->owner;
    size_t left = action->bytes < client->socket ? action->bytes : client->socket;
    size_t written = left;
    struct slice parts[EDGE_IOV_MAX];
    int count = 0;

    for (int i = 0; i < action->iov_count && left > 0; i++) {
        size_t size = action->iov[i].iov_len < left ? action->iov[i].iov_len : left;

        parts[count++] = slice_of(action->iov[i].iov_base, size);
        left -= size;
    }
    for (int i = 0; i < count; i++)
        client_bytes(s, client, parts[i].data, parts[i].size);
    client->socket -= written;
    client->wants_more = written < action->bytes;
    edge_wrote(edge->core, s->now_ms, action->stream, written);
}

static void send_text(struct sim *s, const struct edge_text_action *action)
{
    struct sim_client *client = action->owner;

    client_bytes(s, client, action->text.data, action->text.size);
    client->socket = client->socket > action->text.size ? client->socket - action->text.size : 0;
}

void edge_pump(struct sim *s, struct sim_edge *edge)
{
    struct edge_action action;

    while (edge_next(edge->core, &action)) {
        switch (action.type) {
        case EDGE_SEND:
            bus_put(s, edge, action.send.socket == EDGE_SOCKET_PUBLISH ? LANE_PUBLISH : LANE_UP,
                    &action.send.frame);
            break;
        case EDGE_WRITE:
            write_some(s, edge, &action.write);
            break;
        case EDGE_TEXT:
            send_text(s, &action.text);
            break;
        case EDGE_CLOSE:
            client_gone(s, action.close.owner);
            break;
        case EDGE_PUBLISHED:
            publish_outcome(s, action.published.request, action.published.result,
                            action.published.offset, action.published.epoch);
            break;
        case EDGE_REPLY:
        case EDGE_PAGE:
        case EDGE_SESSION:
        case EDGE_COMMAND:
        case EDGE_LOG:
            break;
        }
    }
    edge_check(edge->core);
}

void edge_turn(struct sim *s, struct sim_edge *edge)
{
    if (!edge->up) {
        if (s->now_ms >= edge->restart_ms)
            edge_start(s, edge);
        return;
    }
    /* The real shell calls edge_tick() at edge_deadline(). Here about every third step does,
     * whatever the deadline, so that ticks are also late. */
    if (chance_percent(&s->chance, 30))
        edge_tick(edge->core, s->now_ms);
    edge_pump(s, edge);
}
