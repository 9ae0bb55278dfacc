/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/roster.h"

#include "common/mem.h"

#include <assert.h>

#define MEMBER(node) LIST_ENTRY((node), struct roster_member, changed)

void roster_init(struct roster *r, const struct hash_key *key)
{
    *r = (struct roster){.key = *key};
    list_init(&r->changed);
    list_init(&r->leaving);
}

static unsigned hash_of(const struct roster *r, struct slice bytes)
{
    return (unsigned)hash_bytes(&r->key, bytes);
}

static struct roster_topic *find_topic(const struct roster *r, struct slice name)
{
    struct roster_topic *topic;

    HASH_FIND_BYHASHVALUE(by_name, r->topics, name.data, name.size, hash_of(r, name), topic);
    return topic;
}

static struct roster_topic *get_topic(struct roster *r, struct slice name)
{
    struct roster_topic *topic = find_topic(r, name);

    if (topic != NULL)
        return topic;
    assert(name.data != NULL);
    topic = mem_alloc(sizeof *topic + name.size);
    list_init(&topic->members);
    topic->name_size = (uint32_t)name.size;
    memcpy(topic->name, name.data, name.size);
    HASH_ADD_KEYPTR_BYHASHVALUE(by_name, r->topics, topic->name, name.size, hash_of(r, name),
                                topic);
    return topic;
}

static void free_member(struct roster *r, struct roster_member *m)
{
    assert(r->members != NULL && r->topics != NULL);
    HASH_DELETE(by_key, r->members, m);
    list_remove(&m->link);
    list_remove(&m->changed);
    if (list_empty(&m->topic->members)) {
        HASH_DELETE(by_name, r->topics, m->topic);
        mem_free(m->topic);
    }
    mem_free(m->seats);
    mem_free(m);
}

void roster_clear(struct roster *r)
{
    struct roster_member *m;
    struct roster_member *next;

    r->gone = NULL;
    HASH_ITER(by_key, r->members, m, next)
    free_member(r, m);
}

/* The member, new when it was not there: with no seats. */
static struct roster_member *get_member(struct roster *r, const struct wire_member *said)
{
    size_t key_size = said->topic.size + 1 + said->member.size;
    struct roster_member *m = mem_try(sizeof *m + key_size + said->payload.size);
    struct roster_member *there;
    struct slice key;

    if (m == NULL)
        return NULL;
    memset(m, 0, sizeof *m);
    key = slice_of(m->text, key_size);
    memcpy(m->text, said->topic.data, said->topic.size);
    m->text[said->topic.size] = '\0';
    memcpy(m->text + said->topic.size + 1, said->member.data, said->member.size);
    HASH_FIND_BYHASHVALUE(by_key, r->members, key.data, key.size, hash_of(r, key), there);
    if (there != NULL) {
        mem_free(m);
        return there;
    }
    if (said->payload.size > 0)
        memcpy(m->text + key_size, said->payload.data, said->payload.size);
    m->key_size = (uint32_t)key_size;
    m->payload_size = (uint32_t)said->payload.size;
    m->topic = get_topic(r, said->topic);
    list_init(&m->link);
    list_init(&m->changed);
    list_push(&m->topic->members, &m->link);
    HASH_ADD_KEYPTR_BYHASHVALUE(by_key, r->members, m->text, key_size, hash_of(r, key), m);
    return m;
}

static void look_at(struct roster *r, struct roster_member *m, uint64_t leave_ms)
{
    m->leave_ms = leave_ms;
    list_remove(&m->changed);
    list_push(&r->changed, &m->changed);
}

static void drop_seat(struct roster_member *m, uint32_t i)
{
    m->seats[i] = m->seats[--m->seat_count];
}

static enum err add_seat(struct roster_member *m, uint64_t incarnation, uint64_t count)
{
    struct roster_seat *seats = mem_try_resize(m->seats, (m->seat_count + 1) * sizeof *seats);

    if (seats == NULL)
        return ERR_NO_MEMORY;
    m->seats = seats;
    seats[m->seat_count++] = (struct roster_seat){incarnation, count};
    return OK;
}

enum err roster_seat(struct roster *r, uint64_t incarnation, const struct wire_member *said,
                     bool quiet, uint64_t now_ms)
{
    struct roster_member *m;
    enum err err = OK;
    uint32_t i = 0;

    if (said->topic.size == 0 || said->member.size == 0)
        return ERR_INVALID;
    m = get_member(r, said);
    if (m == NULL)
        return ERR_NO_MEMORY;
    while (i < m->seat_count && m->seats[i].incarnation != incarnation)
        i++;
    if (i < m->seat_count && said->count == 0)
        drop_seat(m, i);
    else if (i < m->seat_count)
        m->seats[i].count = said->count;
    else if (said->count > 0)
        err = add_seat(m, incarnation, said->count);
    if (quiet && m->seat_count > 0 && !m->told) {
        m->told = true;
        m->topic->count++;
    }
    look_at(r, m, now_ms + ROSTER_GRACE_MS);
    return err;
}

void roster_unseat(struct roster *r, uint64_t incarnation, bool gone, uint64_t now_ms)
{
    struct roster_member *next;

    for (struct roster_member *m = r->members; m != NULL; m = next) {
        next = m->by_key.next;
        for (uint32_t i = 0; i < m->seat_count; i++) {
            if (m->seats[i].incarnation != incarnation)
                continue;
            drop_seat(m, i);
            look_at(r, m, gone ? now_ms : now_ms + ROSTER_GRACE_MS);
            break;
        }
    }
}

static void event_of(const struct roster_member *m, bool joined, struct wire_presence *out)
{
    size_t name = m->topic->name_size;

    *out = (struct wire_presence){
        .topic = slice_of(m->text, name),
        .member = slice_of(m->text + name + 1, m->key_size - name - 1),
        .payload = slice_of(m->payload_size > 0 ? m->text + m->key_size : NULL, m->payload_size),
        .joined = joined,
        .count = m->topic->count};
}

/* Tells of a member that leaves, or frees one of whom nobody knew. */
static bool leave(struct roster *r, struct roster_member *m, struct wire_presence *out)
{
    list_remove(&m->changed);
    if (!m->told) {
        free_member(r, m);
        return false;
    }
    m->told = false;
    m->topic->count--;
    event_of(m, false, out);
    r->gone = m;
    return true;
}

bool roster_next(struct roster *r, uint64_t now_ms, struct wire_presence *out)
{
    struct list *node;
    struct list *next;

    if (r->gone != NULL && r->gone->seat_count == 0 && !r->gone->told)
        free_member(r, r->gone);
    r->gone = NULL;
    while ((node = list_shift(&r->changed)) != NULL) {
        struct roster_member *m = MEMBER(node);

        if (m->seat_count == 0) {
            list_push(&r->leaving, &m->changed);
        } else if (!m->told) {
            m->told = true;
            m->topic->count++;
            event_of(m, true, out);
            return true;
        }
    }
    for (node = r->leaving.next; node != &r->leaving; node = next) {
        next = node->next;
        if (now_ms >= MEMBER(node)->leave_ms && leave(r, MEMBER(node), out))
            return true;
    }
    return false;
}

void roster_json(const struct roster *r, struct slice name, struct buf *out)
{
    const struct roster_topic *topic = find_topic(r, name);
    uint32_t shown = 0;

    buf_str(out, "{\"topic\":");
    buf_json_string(out, name);
    buf_str(out, ",\"count\":");
    buf_u64(out, topic == NULL ? 0 : topic->count);
    buf_str(out, ",\"members\":[");
    for (struct list *i = topic == NULL ? NULL : topic->members.next;
         i != NULL && i != &topic->members && shown < ROSTER_SHOWN_MAX; i = i->next) {
        const struct roster_member *m = LIST_ENTRY(i, struct roster_member, link);
        size_t at = topic->name_size + 1u;

        if (!m->told)
            continue;
        buf_str(out, shown++ == 0 ? "{\"member\":" : ",{\"member\":");
        buf_json_string(out, slice_of(m->text + at, m->key_size - at));
        if (m->payload_size > 0) {
            buf_str(out, ",\"payload\":");
            buf_append(out, m->text + m->key_size, m->payload_size);
        }
        buf_char(out, '}');
    }
    buf_str(out, "]}");
}
