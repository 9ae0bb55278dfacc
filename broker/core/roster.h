/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_ROSTER_H
#define BELFRY_BROKER_CORE_ROSTER_H

/* The roster: the members (users) that listen to each selector, over all edges. Each edge reports
 * the number of streams that a member has with it for a selector. A member with several tabs, on
 * several edges, is listed once. A topic here is the text of any selector (common/topic/matcher.h).
 * Members are identified by their subscriber (common/topic/subscriber_uuid.h).
 *
 * A leave is announced only after a grace period, and not at all when the member comes back within
 * it. The members of an edge that died leave at once: its silence was their grace. */

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

#define ROSTER_GRACE_MS 5000 /* time from the last stream's end to the leave */

/* 256 MiB / 350 B: about 750,000 members; further ones are not listed. */
#define ROSTER_BYTES_MAX (256u << 20)

#define ROSTER_PAGE_MAX 1000 /* members in one page */

struct roster_topic {
    UT_hash_handle by_name;
    struct list members; /* struct roster_member */
    uint32_t count;      /* number of announced members */
    uint32_t name_size;
    char name[];
};

/* The streams of a member with one edge. */
struct roster_seat {
    uint64_t incarnation;
    uint64_t count; /* number of streams */
};

struct roster_member {
    UT_hash_handle by_key;
    struct roster_topic *topic;
    struct list link;          /* in topic->members */
    struct list changed;       /* in roster->changed, in roster->leaving, or in neither */
    struct roster_seat *seats; /* one per edge with streams of the member */
    uint32_t seat_count;
    bool announced;    /* the join was announced, and no leave since */
    uint64_t leave_ms; /* time at which a member without seats leaves */
    uint64_t number;   /* position in the order of joining, from 1 */
    uint32_t key_size; /* size of the key: topic, NUL, subscriber */
    uint32_t member_size;
    uint32_t payload_size;
    char *payload; /* the newest one, or NULL */
    char text[];   /* the key, then the member's name */
};

/* An entry of the list of all members in the order of joining. `member` is NULL after it has
 * left. */
struct roster_place {
    uint64_t number;
    struct roster_member *member;
};

struct roster {
    struct roster_topic *topics;
    struct roster_member *members;
    struct hash_key key;        /* of the hash tables */
    struct list changed;        /* members to be checked by roster_next() */
    struct list leaving;        /* members without seats, the earliest leave_ms first */
    struct roster_member *gone; /* whose leave was returned last; freed by the next roster_next() */
    struct roster_place *places; /* all members, by number */
    size_t place_count;
    size_t place_capacity;
    size_t place_holes; /* places whose member has left */
    uint64_t last_number;
    uint64_t bytes;   /* memory of members and topics, without seats and places */
    uint64_t limit;   /* of `bytes` */
    uint64_t version; /* increases with each join, leave and change of a payload */
};

void roster_init(struct roster *r, const struct hash_key *key);
void roster_clear(struct roster *r);

/* Asserts the invariants that need no loop over the members. */
void roster_check(const struct roster *r);

/* Sets the number of streams that a member has with an edge. `quiet`: a join is not announced,
 * since the member was there before this broker started. ERR_NO_MEMORY; ERR_INVALID: the topic
 * or the member is empty; ERR_FULL: the member is not listed. */
MUST_CHECK enum err roster_seat(struct roster *r, uint64_t incarnation,
                                const struct wire_member *member, bool quiet, uint64_t now_ms);

/* Removes the seats of an edge. `gone`: the edge has died, and members without another seat leave
 * at once. Otherwise it is about to list all its members again, and they have the grace period. */
void roster_unseat(struct roster *r, uint64_t incarnation, bool gone, uint64_t now_ms);

/* Returns the next join or leave to announce. Its slices are valid until the next call. */
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

/* Returns an absent slice when there is no payload. */
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

/* Returns an announced member, or NULL. */
const struct roster_member *roster_find(const struct roster *r, struct slice topic,
                                        const struct subscriber_uuid *subscriber);

/* Returns the first announced member with a number above `after`, or NULL. `topic` selects the
 * members of one topic; when it is absent, those of all topics count. A page of one topic is cheap
 * while the member with the number `after` is in the roster, since the search begins there. */
const struct roster_member *roster_after(const struct roster *r, struct slice topic,
                                         uint64_t after);

#endif
