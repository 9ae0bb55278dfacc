/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/canary.h"

void canary_init(struct canary *c, uint32_t interval_ms, uint64_t now_ms)
{
    *c = (struct canary){.interval_ms = interval_ms, .due_ms = now_ms + interval_ms};
}

bool canary_send(struct canary *c, uint64_t now_ms, uint64_t now_us, uint64_t edges)
{
    uint64_t interval = c->interval_ms;

    if (interval == 0 || now_ms < c->due_ms)
        return false;
    if (edges > CANARY_EDGES)
        interval = interval * edges / CANARY_EDGES;
    if (c->out)
        c->lost++;
    c->due_ms = now_ms + interval;
    c->number++;
    c->sent_us = now_us;
    c->out = true;
    return true;
}

void canary_returned(struct canary *c, uint64_t number, uint64_t now_us)
{
    if (!c->out || number != c->number)
        return;
    c->out = false;
    histogram_add(&c->round_us, now_us > c->sent_us ? now_us - c->sent_us : 0);
}
