/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_STREAM_EXTRA_H
#define BELFRY_EDGE_STATE_STREAM_EXTRA_H

/* What only some streams have (an extra): a token's grants, a session, a member. A table finds the
 * extras by session and by expiry, and counts them by what they watch. Pure data. Times are
 * milliseconds of a clock that never goes back. */

#include "common/base/hash.h"
#include "common/base/list.h"
#include "common/base/slice.h"
#include "edge/state/watch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

struct stream;
struct grants;

struct stream_extra {
    struct stream *stream;
    struct grants *grants; /* a reference, or NULL */
    uint64_t expires_ms;   /* 0 = never */
    struct list expiring;  /* in extra_table.expiring, if it expires */
    uint64_t session;      /* number of its session, 0 = none */
    UT_hash_handle by_session;
    bool hello_due; /* belfry.hello has yet to be sent */
    bool presence;  /* wants belfry.presence events */
    bool stats;     /* gets the broker's statistics */
    uint8_t watch;  /* enum watch */
    uint32_t member_size;
    uint32_t payload_size;
    char text[]; /* the member, then its payload */
};

struct extra_table {
    struct stream_extra *by_session;
    struct list expiring;      /* extras that expire */
    uint64_t expire_ms;        /* when these are examined next */
    uint64_t last_session;     /* counter from which the numbers of sessions are made */
    uint32_t watches[WATCHES]; /* number of extras, by what they watch */
    uint32_t presence;         /* number of extras that want belfry.presence */
};

void extra_table_init(struct extra_table *t);

/* All streams must have been removed. */
void extra_table_clear(struct extra_table *t);

/* Asserts the invariants. */
void extra_table_check(const struct extra_table *t);

/* Returns an extra that is not in the table, without grants, with copies of the texts. Returns
 * NULL when there is no memory. */
struct stream_extra *stream_extra_create(struct stream *s, struct slice member,
                                         struct slice payload);

static inline struct slice stream_extra_member(const struct stream_extra *x)
{
    return slice_of(x->text, x->member_size);
}

/* Counts the extra by `watch` and `presence`, which must not change until it is removed. */
void extra_table_add(struct extra_table *t, struct stream_extra *x);

/* Takes the extra out of the table, and frees it with its reference to the grants. */
void extra_table_remove(struct extra_table *t, struct stream_extra *x);

/* Changes when the stream expires; 0 = never. */
void extra_table_expire(struct extra_table *t, struct stream_extra *x, uint64_t expires_ms);

/* Gives the extra a session, whose number nobody can guess without the key. It must have none. */
void extra_table_add_session(struct extra_table *t, struct stream_extra *x,
                             const struct hash_key *key);

/* Returns the extra with this session, or NULL. */
struct stream_extra *extra_table_find(const struct extra_table *t, uint64_t session);

/* Moves the expired extras (by `expiring`) to the list `out`, which must be empty. Examines the
 * extras once a second; other calls move none. */
void extra_table_take_expired(struct extra_table *t, uint64_t now_ms, struct list *out);

#endif
