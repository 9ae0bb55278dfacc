/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_AWAITED_REPLIES_H
#define BELFRY_BROKER_CORE_AWAITED_REPLIES_H

/* Commands that the broker has forwarded to an edge and whose replies it awaits. The broker gives
 * each command a number of its own, and remembers which peer gets the reply. */

#include "broker/core/control_peer.h"
#include "common/base/list.h"

#include <stdbool.h>
#include <stdint.h>

#define AWAITED_REPLIES_MAX 4096 /* further commands are refused */

/* How long the broker waits for the reply. The peer that made the request gives up
 * after 5 s if it is an edge, and after 1.7 s if it is an operator's command. */
#define AWAITED_REPLY_EDGE_MS 5000
#define AWAITED_REPLY_OPERATOR_MS 1200

/* A reply that is awaited: the peer that gets it, the number of that peer's request, and the edge
 * that is to reply. */
struct awaited_reply {
    struct control_peer peer;
    uint64_t request;
    uint64_t edge; /* incarnation */
};

struct awaited_replies {
    struct list out; /* one node per reply, ascending numbers */
    uint32_t count;
    uint64_t last; /* newest number that was given; numbers begin at 1 */
};

void awaited_replies_init(struct awaited_replies *r);
void awaited_replies_clear(struct awaited_replies *r);
void awaited_replies_check(const struct awaited_replies *r);

/* Adds a reply to await, and returns the number for the forwarded command. Returns 0 if too many
 * replies are awaited. */
uint64_t awaited_replies_add(struct awaited_replies *r, const struct awaited_reply *reply,
                             uint64_t deadline_ms);

/* Ends the wait for the reply with this number. Returns false if it is not awaited. */
bool awaited_replies_take(struct awaited_replies *r, uint64_t number, struct awaited_reply *out);

/* Ends the wait for one reply whose deadline has passed. Returns false if there is none. */
bool awaited_replies_expire(struct awaited_replies *r, uint64_t now_ms, struct awaited_reply *out);

#endif
