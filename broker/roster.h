/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_ROSTER_H
#define BELFRY_BROKER_ROSTER_H

/* The roster: who listens to which topic, in the whole system. Each edge says how many streams a member (a user) has
 * with it in a topic; a member with several tabs, on several edges, is there once.
 *
 * One who goes is only told of after a grace period, and not at all when it comes back within it. The members of an
 * edge that died go at once: its silence was their grace. */

#include "common/buf.h"
#include "common/hash.h"
#include "common/list.h"
#include "common/slice.h"
#include "common/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#define ROSTER_GRACE_MS 5000
#define ROSTER_SHOWN_MAX 1000 /* members of one answer; the count is of all */

struct roster_topic {
    UT_hash_handle by_name;
    struct list members; /* struct roster_member */
    uint32_t count;      /* of those who are told as there */
    uint32_t name_size;
    char name[];
};

struct roster_seat {
    uint64_t incarnation;
    uint64_t count; /* streams */
};

struct roster_member {
    UT_hash_handle by_key;
    struct roster_topic *topic;
    struct list link;    /* in topic->members */
    struct list changed; /* in the roster's list of changes or of those who leave */
    struct roster_seat *seats;
    uint32_t seat_count;
    bool told;         /* that it is there */
    uint64_t leave_ms; /* with no seats: when that is told */
    uint32_t key_size; /* topic, NUL, member */
    uint32_t payload_size;
    char text[]; /* the key, then the payload */
};

struct roster {
    struct roster_topic *topics;
    struct roster_member *members;
    struct hash_key key;
    struct list changed;        /* to be looked at */
    struct list leaving;        /* without seats, waiting for their time */
    struct roster_member *gone; /* told as gone with the last event; freed with the next call */
};

void roster_init(struct roster *r, const struct hash_key *key);
void roster_clear(struct roster *r);

/* An edge says how many streams a member has with it. `quiet`: whoever comes is not told of, since it was there
 * before this broker began. ERR_NO_MEMORY, ERR_INVALID (no topic or no member). */
MUST_CHECK enum err roster_seat(struct roster *r, uint64_t incarnation,
                                const struct wire_member *member, bool quiet, uint64_t now_ms);

/* The edge tells all again: what it said before does not count. Or it is gone, and its members with it. */
void roster_unseat(struct roster *r, uint64_t incarnation, bool gone, uint64_t now_ms);

/* The next coming or going to tell; its slices are valid until the next call. */
bool roster_next(struct roster *r, uint64_t now_ms, struct wire_presence *out);

/* {"topic":…,"count":…,"members":[{"member":…,"payload":…},…]} */
void roster_json(const struct roster *r, struct slice topic, struct buf *out);

#endif
