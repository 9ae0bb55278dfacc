/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/stream_extra.h"

#include "common/base/mem.h"
#include "common/token/grants.h"

#include <assert.h>

#define EXPIRE_MS 1000 /* how often the streams that expire are examined */

void extra_table_init(struct extra_table *t)
{
    *t = (struct extra_table){.by_session = NULL};
    list_init(&t->expiring);
}

void extra_table_clear(struct extra_table *t)
{
    assert(t->by_session == NULL);
    assert(list_empty(&t->expiring));
    assert(t->presence == 0);
    t->last_session = 0;
}

void extra_table_check(const struct extra_table *t)
{
    uint32_t streams = 0;

    for (size_t i = 0; i < WATCHES; i++)
        streams += t->watches[i];
    assert(t->presence <= streams);
    assert(HASH_CNT(by_session, t->by_session) <= streams);
    for (struct list *i = t->expiring.next; i != &t->expiring; i = i->next)
        assert(LIST_ENTRY(i, struct stream_extra, expiring)->expires_ms != 0);
}

struct stream_extra *stream_extra_create(struct stream *s, struct slice member,
                                         struct slice payload)
{
    struct stream_extra *x = mem_try(sizeof *x + member.size + payload.size);

    if (x == NULL)
        return NULL;
    memset(x, 0, sizeof *x);
    x->stream = s;
    list_init(&x->expiring);
    x->member_size = (uint32_t)member.size;
    x->payload_size = (uint32_t)payload.size;
    if (member.size > 0)
        memcpy(x->text, member.data, member.size);
    if (payload.size > 0)
        memcpy(x->text + member.size, payload.data, payload.size);
    return x;
}

void extra_table_add(struct extra_table *t, struct stream_extra *x)
{
    assert(x->watch < WATCHES);
    t->watches[x->watch]++;
    t->presence += x->presence;
}

void extra_table_remove(struct extra_table *t, struct stream_extra *x)
{
    assert(t->watches[x->watch] > 0);
    t->watches[x->watch]--;
    t->presence -= x->presence;
    list_remove(&x->expiring);
    if (x->session != 0)
        HASH_DELETE(by_session, t->by_session, x);
    grants_unref(x->grants);
    mem_free(x);
}

void extra_table_expire(struct extra_table *t, struct stream_extra *x, uint64_t expires_ms)
{
    list_remove(&x->expiring);
    x->expires_ms = expires_ms;
    if (expires_ms != 0)
        list_push(&t->expiring, &x->expiring);
}

void extra_table_add_session(struct extra_table *t, struct stream_extra *x,
                             const struct hash_key *key)
{
    assert(x->session == 0);
    do {
        uint64_t count = ++t->last_session;

        x->session = hash_bytes(key, slice_of(&count, sizeof count));
    } while (x->session == 0 || extra_table_find(t, x->session) != NULL);
    HASH_ADD(by_session, t->by_session, session, sizeof x->session, x);
}

struct stream_extra *extra_table_find(const struct extra_table *t, uint64_t session)
{
    struct stream_extra *x;

    HASH_FIND(by_session, t->by_session, &session, sizeof session, x);
    return x;
}

void extra_table_take_expired(struct extra_table *t, uint64_t now_ms, struct list *out)
{
    struct list *next;

    assert(list_empty(out));
    if (now_ms < t->expire_ms)
        return;
    t->expire_ms = now_ms + EXPIRE_MS;
    for (struct list *i = t->expiring.next; i != &t->expiring; i = next) {
        next = i->next;
        if (now_ms >= LIST_ENTRY(i, struct stream_extra, expiring)->expires_ms) {
            list_remove(i);
            list_push(out, i);
        }
    }
}
