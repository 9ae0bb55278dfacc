/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_AWAITED_REPLIES_H
#define BELFRY_BROKER_CORE_AWAITED_REPLIES_H

/* Questions that the broker hands on: an edge or an operator asks, an edge knows. The broker
 * gives the question a number of its own and remembers who is waiting for the answer. */

#include "broker/core/control_peer.h"
#include "common/base/list.h"

#include <stdbool.h>
#include <stdint.h>

#define AWAITED_REPLIES_MAX 4096   /* out at a time; further ones are refused */
#define AWAITED_REPLY_EDGE_MS 5000 /* an edge waits so long for an answer */
#define AWAITED_REPLY_OPERATOR_MS                                                                  \
    1200 /* an operator's command does not wait longer than 1.7 s for the broker */

/* Who waits, and for whom. */
struct awaited_reply {
    struct control_peer peer;
    uint64_t request;
    uint64_t edge; /* the incarnation of the edge that knows */
};

struct awaited_replies {
    struct list out;
    uint32_t count;
    uint64_t last;
};

void awaited_replies_init(struct awaited_replies *r);
void awaited_replies_clear(struct awaited_replies *r);
void awaited_replies_check(const struct awaited_replies *r);

/* A number for the question; 0 when too many are out. */
uint64_t awaited_replies_add(struct awaited_replies *r, const struct awaited_reply *asker,
                             uint64_t deadline_ms);

/* Who asked; false when nobody waits (any more). */
bool awaited_replies_take(struct awaited_replies *r, uint64_t number, struct awaited_reply *out);

/* Forgets one whose time is over; false when there is none. */
bool awaited_replies_expire(struct awaited_replies *r, uint64_t now_ms, struct awaited_reply *out);

#endif
