/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_RELAY_H
#define BELFRY_BROKER_CORE_RELAY_H

/* Questions that the broker hands on: an edge or an operator asks, an edge knows. The broker
 * gives the question a number of its own and remembers who is waiting for the answer. */

#include "broker/core/peer.h"
#include "common/base/list.h"

#include <stdbool.h>
#include <stdint.h>

#define RELAYS_MAX 4096 /* out at a time; further ones are refused */
#define RELAY_MS 5000   /* an edge waits so long for an answer */
#define RELAY_OPERATOR_MS                                                                          \
    1200 /* an operator's command does not wait longer than 1.7 s for the broker */

/* Who waits, and for whom. */
struct relay_asker {
    struct broker_peer peer;
    uint64_t request;
    uint64_t edge; /* the incarnation of the edge that knows */
};

struct relays {
    struct list out;
    uint32_t count;
    uint64_t last;
};

void relays_init(struct relays *r);
void relays_clear(struct relays *r);
void relays_check(const struct relays *r);

/* A number for the question; 0 when too many are out. */
uint64_t relays_add(struct relays *r, const struct relay_asker *asker, uint64_t deadline_ms);

/* Who asked; false when nobody waits (any more). */
bool relays_take(struct relays *r, uint64_t number, struct relay_asker *out);

/* Forgets one whose time is over; false when there is none. */
bool relays_expire(struct relays *r, uint64_t now_ms, struct relay_asker *out);

#endif
