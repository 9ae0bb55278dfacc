/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "sim.h"

#include "common/base/mem.h"

#include <string.h>

/* The bus between edges and broker. Frames travel as bytes, through the real codec. */

void bus_reset(struct sim *s, struct sim_edge *edge)
{
    (void)s;
    for (int lane = 0; lane < LANES; lane++) {
        struct sim_link *link = &edge->links[lane];
        struct list *node;

        if (link->messages.next == NULL)
            list_init(&link->messages);
        while ((node = list_shift(&link->messages)) != NULL)
            mem_free(LIST_ENTRY(node, struct sim_message, link));
        link->drop_run = 0;
    }
}

static void enqueue(struct sim *s, struct sim_link *link, struct slice bytes)
{
    struct sim_message *m = mem_alloc(sizeof *m + bytes.size);
    uint64_t delay = chance_below(&s->chance, 8);

    if (!s->calm && chance_percent(&s->chance, 2))
        delay += chance_below(&s->chance, 400);
    m->due_ms = s->now_ms + delay;
    if (m->due_ms < link->last_due_ms)
        m->due_ms = link->last_due_ms;
    link->last_due_ms = m->due_ms;
    m->size = bytes.size;
    memcpy(m->bytes, bytes.data, bytes.size);
    list_init(&m->link);
    list_push(&link->messages, &m->link);
}

/* Returns true if a frame is lost. A PUB socket above its high-water mark drops long runs of
 * messages. A control frame is lost only with its connection, which happens less often. */
static bool lost(struct sim *s, struct sim_edge *edge, enum sim_lane lane)
{
    struct sim_link *link = &edge->links[lane];
    bool lossy = lane == LANE_PUBLISH || lane == LANE_BROADCAST;

    if (s->now_ms < edge->cut_until_ms)
        return true;
    if (link->drop_run > 0) {
        link->drop_run--;
        return true;
    }
    if (s->calm)
        return false;
    if (lossy && chance_permille(&s->chance, s->fault_level * 2))
        link->drop_run = (unsigned)chance_below(&s->chance, 12);
    return chance_permille(&s->chance, lossy ? s->fault_level * 4 : s->fault_level);
}

void bus_put(struct sim *s, struct sim_edge *edge, enum sim_lane lane,
             const struct wire_frame *frame)
{
    if (!edge->up || !s->broker.up || lost(s, edge, lane))
        return;
    buf_reset(&s->scratch);
    wire_encode(&s->scratch, frame);
    if (!buf_ok(&s->scratch))
        sim_fail(s, "a frame does not fit");
    enqueue(s, &edge->links[lane], buf_all(&s->scratch));
    if (!s->calm && chance_permille(&s->chance, s->fault_level))
        enqueue(s, &edge->links[lane], buf_all(&s->scratch));
}

static void to_broker(struct sim *s, struct sim_edge *edge, enum sim_lane lane,
                      const struct sim_message *m)
{
    struct control_peer peer = {.size = 2};
    struct wire_frame frame;

    if (!s->broker.up)
        return;
    if (wire_decode(s->broker.decoder, slice_of(m->bytes, m->size), &frame) != OK)
        sim_fail(s, "the broker can't read a frame");
    peer.bytes[0] = (char)(edge - s->edges);
    peer.bytes[1] = (char)edge->generation;
    broker_received(s->broker.core, s->now_ms, 1000000 + s->now_ms, lane == LANE_UP ? &peer : NULL,
                    &frame);
    broker_pump(s);
}

static void to_edge(struct sim *s, struct sim_edge *edge, const struct sim_message *m)
{
    struct wire_frame frame;

    if (!edge->up)
        return;
    if (wire_decode(edge->decoder, slice_of(m->bytes, m->size), &frame) != OK)
        sim_fail(s, "an edge can't read a frame");
    edge_received(edge->core, s->now_ms, &frame);
    /* Several frames may arrive in one iteration of the loop; the pump runs after the last one. */
    if (chance_percent(&s->chance, 70))
        edge_pump(s, edge);
}

static void deliver(struct sim *s, struct sim_edge *edge, enum sim_lane lane)
{
    struct list *messages = &edge->links[lane].messages;

    while (!list_empty(messages)) {
        struct sim_message *m = LIST_ENTRY(messages->next, struct sim_message, link);

        if (m->due_ms > s->now_ms)
            return;
        /* The messages to a paused broker wait in its sockets. */
        if ((lane == LANE_PUBLISH || lane == LANE_UP) && s->now_ms < s->broker.paused_until_ms)
            return;
        list_remove(&m->link);
        if (lane == LANE_PUBLISH || lane == LANE_UP)
            to_broker(s, edge, lane, m);
        else
            to_edge(s, edge, m);
        mem_free(m);
    }
}

void bus_turn(struct sim *s)
{
    for (int i = 0; i < SIM_EDGES; i++) {
        for (int lane = 0; lane < LANES; lane++)
            deliver(s, &s->edges[i], (enum sim_lane)lane);
    }
}
