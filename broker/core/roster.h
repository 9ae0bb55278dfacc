/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_ROSTER_H
#define BELFRY_BROKER_CORE_ROSTER_H

/* The roster: who listens to what, in the whole system. Each edge says how many streams a member (a
 * user) has with it in a topic; a member with several tabs, on several edges, is there once. A
 * topic here is the text of any selector (common/topic/selector.h). Members are known by their
 * subscriber (common/topic/subscriber_uuid.h).
 *
 * One who goes is only announced after a grace period, and not at all when it comes back within
 * it. The members of an edge that died go at once: its silence was their grace. */

#include "common/base/buf.h"
#include "common/base/hash.h"
#include "common/base/list.h"
#include "common/base/slice.h"
#include "common/topic/subscriber_uuid.h"
#include "common/wire/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#define ROSTER_GRACE_MS 5000
#define ROSTER_BYTES_MAX                                                                           \
    (256u << 20)             /* 256 MiB / 350 B: about 750,000 members; more are not listed */
#define ROSTER_PAGE_MAX 1000 /* members of one answer; the count is of all */

struct roster_topic {
    UT_hash_handle by_name;
    struct list members; /* struct roster_member */
    uint32_t count;      /* of those who are announced */
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
    bool announced;    /* its coming, and not its leaving yet */
    uint64_t leave_ms; /* with no seats: when the leave is announced */
    uint64_t number;   /* in the order of their coming, from 1 */
    uint32_t key_size; /* topic, NUL, subscriber */
    uint32_t member_size;
    uint32_t payload_size;
    char *payload; /* the last one that was listed; NULL: none yet */
    char text[];   /* the key, the member */
};

/* A member's place among all; NULL: it is gone. */
struct roster_place {
    uint64_t number;
    struct roster_member *member;
};

struct roster {
    struct roster_topic *topics;
    struct roster_member *members;
    struct hash_key key;
    struct list changed; /* to be looked at */
    struct list leaving; /* without seats, waiting for their time, the earliest first */
    struct roster_member
        *gone; /* announced as gone with the last event; freed with the next call */
    struct roster_place *places; /* all members, by number */
    size_t place_count;
    size_t place_capacity;
    size_t place_holes;
    uint64_t last_number;
    uint64_t bytes;   /* of members and topics, without seats and places */
    uint64_t limit;   /* of them */
    uint64_t version; /* grows when somebody comes or goes, or has another payload */
};

void roster_init(struct roster *r, const struct hash_key *key);
void roster_clear(struct roster *r);
void roster_check(const struct roster *r); /* what can be seen without a walk */

/* Sets how many streams a member has with an edge. `quiet`: a coming is not announced, since the
 * member was there before this broker began. ERR_NO_MEMORY; ERR_INVALID: no topic or no member;
 * ERR_FULL: it is not listed. */
MUST_CHECK enum err roster_seat(struct roster *r, uint64_t incarnation,
                                const struct wire_member *member, bool quiet, uint64_t now_ms);

/* Removes an edge's seats: it lists all its members again, or (`gone`) it is gone, and its
 * members with it. */
void roster_unseat(struct roster *r, uint64_t incarnation, bool gone, uint64_t now_ms);

/* Returns the next coming or going to announce; its slices are valid until the next call. */
bool roster_next(struct roster *r, uint64_t now_ms, struct wire_presence *out);

/* ---- pages ---- */

static inline struct slice roster_member_topic(const struct roster_member *m)
{
    return slice_of(m->text, m->key_size - 1 - SUBSCRIBER_UUID_BYTES);
}

static inline struct slice roster_member_name(const struct roster_member *m)
{
    return slice_of(m->text + m->key_size, m->member_size);
}

/* Absent when there is none. */
static inline struct slice roster_member_payload(const struct roster_member *m)
{
    return slice_of(m->payload, m->payload_size);
}

static inline struct subscriber_uuid roster_member_subscriber(const struct roster_member *m)
{
    struct subscriber_uuid s;

    memcpy(s.bytes, m->text + m->key_size - SUBSCRIBER_UUID_BYTES, SUBSCRIBER_UUID_BYTES);
    return s;
}

/* Returns the number of members announced in the topic. */
uint32_t roster_count(const struct roster *r, struct slice topic);

/* Returns a member that is announced, or NULL. */
const struct roster_member *roster_find(const struct roster *r, struct slice topic,
                                        const struct subscriber_uuid *subscriber);

/* Returns the next announced member in the order of their coming: the first with a number above
 * `after`, or NULL. `topic`: only members of it; absent: of all topics. Cheap as long as the
 * member `after` is still there, or `topic` is absent. */
const struct roster_member *roster_after(const struct roster *r, struct slice topic,
                                         uint64_t after);

#endif
