/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_PRESENCE_H
#define BELFRY_EDGE_STATE_PRESENCE_H

/* The listeners at this edge: the number of streams by topic and member (a user). The broker
 * collects the members of all edges: it gets each member that joins, leaves or has a new payload,
 * and all members when it asks. */

#include "common/base/hash.h"
#include "common/base/list.h"
#include "common/base/slice.h"
#include "common/wire/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#define PRESENCE_FRAME_MEMBERS 1024 /* maximum number of members in one MEMBERS frame */

struct presence_entry {
    UT_hash_handle by_key;
    struct list changed; /* in the list of changes for the broker */
    uint32_t count;      /* number of streams; 0: the broker must get that */
    uint32_t topic_size;
    uint32_t member_size;
    uint32_t payload_size;
    char *payload; /* payload of the last stream that had one; NULL: none yet */
    char text[];   /* the key: topic, NUL, member */
};

struct presence {
    struct presence_entry *table;
    struct hash_key key;
    struct list changed;         /* entries that the broker must get */
    uint64_t serial;             /* number of the last frame */
    bool all;                    /* the next frame replaces everything before */
    struct wire_member *members; /* of the frame handed to the shell */
    size_t count;                /* number of members in that frame */
};

void presence_init(struct presence *p, const struct hash_key *key);
void presence_clear(struct presence *p);

/* Asserts the invariants. */
void presence_check(const struct presence *p);

/* Add or remove a stream of this member that listens to the topic (the text of any selector). */
void presence_add(struct presence *p, struct slice topic, struct slice member,
                  struct slice payload);
void presence_remove(struct presence *p, struct slice topic, struct slice member);

/* Lets everything be sent again, since the broker may know nothing about this edge. */
void presence_send_all(struct presence *p);

/* Returns the next MEMBERS frame (the caller sets its incarnation). Returns false when nothing
 * changed. */
bool presence_next(struct presence *p, struct wire_members *out);

#endif
