/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/members.h"

#include "common/base/mem.h"

#define NAMESAKE_MS 2000

void members_init(struct members *m, uint32_t limit)
{
    *m = (struct members){.limit = limit};
}

static void forget(struct members *m, struct member *member)
{
    HASH_DELETE(by_incarnation, m->table, member);
    mem_free(member);
    m->count--;
}

void members_clear(struct members *m)
{
    struct member *member;
    struct member *next;

    HASH_ITER(by_incarnation, m->table, member, next)
    forget(m, member);
}

struct member *members_find(const struct members *m, uint64_t incarnation)
{
    struct member *member;

    HASH_FIND(by_incarnation, m->table, &incarnation, sizeof incarnation, member);
    return member;
}

/* Takes out the edge that has been gone for longest; false when all are present. */
static bool make_room(struct members *m)
{
    struct member *oldest = NULL;

    for (struct member *i = m->table; i != NULL; i = i->by_incarnation.next) {
        if (!i->present && (oldest == NULL || i->last_seen_ms < oldest->last_seen_ms))
            oldest = i;
    }
    if (oldest == NULL)
        return false;
    forget(m, oldest);
    return true;
}

struct member *members_get(struct members *m, uint64_t incarnation, uint64_t now_ms)
{
    struct member *member = members_find(m, incarnation);

    if (member != NULL)
        return member;
    if (m->count >= m->limit && !make_room(m))
        return NULL;
    member = mem_alloc(sizeof *member);
    member->incarnation = incarnation;
    member->last_seen_ms = now_ms;
    HASH_ADD(by_incarnation, m->table, incarnation, sizeof member->incarnation, member);
    m->count++;
    return member;
}

bool member_seen(struct member *member, uint64_t now_ms)
{
    bool joined = !member->present;

    member->last_seen_ms = now_ms;
    member->present = true;
    return joined;
}

const struct member *members_namesake(const struct members *m, const struct member *member,
                                      uint64_t now_ms)
{
    if (member->name[0] == '\0')
        return NULL;
    for (const struct member *i = m->table; i != NULL; i = i->by_incarnation.next) {
        if (i != member && i->present && now_ms - i->joined_ms >= NAMESAKE_MS &&
            now_ms - i->last_seen_ms < NAMESAKE_MS && strcmp(i->name, member->name) == 0)
            return i;
    }
    return NULL;
}

struct member *members_expire(struct members *m, uint64_t now_ms)
{
    struct member *member;
    struct member *next;

    HASH_ITER(by_incarnation, m->table, member, next)
    {
        uint64_t silence = now_ms - member->last_seen_ms;

        if (member->present && silence >= MEMBER_SILENCE_MS) {
            member->present = false;
            member->published = false;
            return member;
        }
        if (silence >= MEMBER_MEMORY_MS)
            forget(m, member);
    }
    return NULL;
}
