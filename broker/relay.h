/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_RELAY_H
#define BELFRY_BROKER_RELAY_H

/* Questions that the broker hands on: one edge asks, another one knows. The broker gives the question a number of its
 * own and remembers who is waiting for the answer. */

#include "broker/peer.h"
#include "common/list.h"

#include <stdbool.h>
#include <stdint.h>

#define RELAYS_MAX 4096 /* out at a time; further ones are refused */
#define RELAY_MS 5000   /* then nobody waits for the answer any more */

struct relays {
    struct list out; /* the oldest first */
    uint32_t count;
    uint64_t last;
};

void relays_init(struct relays *r);
void relays_clear(struct relays *r);

/* A number for the question; 0 when too many are out. */
uint64_t relays_add(struct relays *r, const struct broker_peer *peer, uint64_t request,
                    uint64_t now_ms);

/* Who asked; false when nobody waits (any more). */
bool relays_take(struct relays *r, uint64_t number, struct broker_peer *out_peer,
                 uint64_t *out_request);

/* Forgets those whose time is over. */
void relays_expire(struct relays *r, uint64_t now_ms);

#endif
