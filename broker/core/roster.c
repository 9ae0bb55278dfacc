/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/roster.h"

#include "common/base/mem.h"

#include <assert.h>

#define MEMBER(node) LIST_ENTRY((node), struct roster_member, changed)
#define PLACES_MIN 64 /* fewer holes are never removed */

void roster_init(struct roster *r, const struct hash_key *key)
{
    *r = (struct roster){.key = *key, .limit = ROSTER_BYTES_MAX};
    list_init(&r->changed);
    list_init(&r->leaving);
}

void roster_check(const struct roster *r)
{
    assert(r->place_holes <= r->place_count);
    assert(r->place_count <= r->place_capacity);
    assert(HASH_CNT(by_key, r->members) == r->place_count - r->place_holes);
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
    r->bytes += sizeof *topic + name.size;
    return topic;
}

/* ---- places ---- */

/* Returns the index of the first place with a number above `number`. */
static size_t place_after(const struct roster *r, uint64_t number)
{
    size_t low = 0;
    size_t high = r->place_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (r->places[middle].number <= number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum err add_place(struct roster *r, struct roster_member *m)
{
    if (r->place_count == r->place_capacity) {
        size_t capacity = r->place_capacity == 0 ? PLACES_MIN : r->place_capacity * 2;
        struct roster_place *bigger = mem_try_resize(r->places, capacity * sizeof *bigger);

        if (bigger == NULL)
            return ERR_NO_MEMORY;
        r->places = bigger;
        r->place_capacity = capacity;
    }
    m->number = ++r->last_number;
    r->places[r->place_count++] = (struct roster_place){m->number, m};
    return OK;
}

/* Makes a member's place a hole. Holes are removed when they are half of all places, so the average
 * cost per leave is constant. */
static void drop_place(struct roster *r, const struct roster_member *m)
{
    size_t used = 0;

    r->places[place_after(r, m->number) - 1].member = NULL;
    r->place_holes++;
    if (r->place_holes < PLACES_MIN || r->place_holes < r->place_count / 2)
        return;
    for (size_t i = 0; i < r->place_count; i++) {
        if (r->places[i].member != NULL)
            r->places[used++] = r->places[i];
    }
    r->place_count = used;
    r->place_holes = 0;
}

/* ---- members ---- */

static void free_member(struct roster *r, struct roster_member *m)
{
    assert(r->members != NULL && r->topics != NULL);
    drop_place(r, m);
    HASH_DELETE(by_key, r->members, m);
    list_remove(&m->link);
    list_remove(&m->changed);
    r->bytes -= sizeof *m + m->key_size + m->member_size + m->payload_size;
    if (list_empty(&m->topic->members)) {
        r->bytes -= sizeof *m->topic + m->topic->name_size;
        HASH_DELETE(by_name, r->topics, m->topic);
        mem_free(m->topic);
    }
    mem_free(m->seats);
    mem_free(m->payload);
    mem_free(m);
}

void roster_clear(struct roster *r)
{
    struct roster_member *m;
    struct roster_member *next;

    r->gone = NULL;
    HASH_ITER(by_key, r->members, m, next)
    free_member(r, m);
    mem_free(r->places);
    r->places = NULL;
    r->place_count = r->place_capacity = r->place_holes = 0;
}

static size_t write_key(struct slice topic, const struct subscriber_uuid *subscriber, char *out)
{
    memcpy(out, topic.data, topic.size);
    out[topic.size] = '\0';
    memcpy(out + topic.size + 1, subscriber->bytes, SUBSCRIBER_UUID_BYTES);
    return topic.size + 1 + SUBSCRIBER_UUID_BYTES;
}

static struct roster_member *find_member(const struct roster *r, struct slice key)
{
    struct roster_member *m;

    HASH_FIND_BYHASHVALUE(by_key, r->members, key.data, key.size, hash_of(r, key), m);
    return m;
}

/* Keeps the newest payload. The old one stays when the new one is absent or does not fit. */
static void set_payload(struct roster *r, struct roster_member *m, struct slice payload)
{
    char *copy;

    if (payload.size == 0 || slice_equal(payload, roster_member_payload(m)) ||
        r->bytes + payload.size > r->limit)
        return;
    copy = mem_try(payload.size);
    if (copy == NULL)
        return;
    memcpy(copy, payload.data, payload.size);
    mem_free(m->payload);
    r->bytes += payload.size;
    r->bytes -= m->payload_size;
    m->payload = copy;
    m->payload_size = (uint32_t)payload.size;
    r->version += m->announced;
}

/* Creates a member with its key and texts, not yet in the list of a topic. */
static struct roster_member *new_member(const struct wire_member *listed, struct slice *out_key)
{
    const struct subscriber_uuid subscriber = subscriber_uuid_of(listed->member);
    size_t key_size = listed->topic.size + 1 + SUBSCRIBER_UUID_BYTES;
    struct roster_member *m = mem_try(sizeof *m + key_size + listed->member.size);

    if (m == NULL)
        return NULL;
    memset(m, 0, sizeof *m);
    m->key_size = (uint32_t)key_size;
    m->member_size = (uint32_t)listed->member.size;
    *out_key = slice_of(m->text, write_key(listed->topic, &subscriber, m->text));
    memcpy(m->text + key_size, listed->member.data, listed->member.size);
    list_init(&m->link);
    list_init(&m->changed);
    return m;
}

static enum err add_member(struct roster *r, struct roster_member *m, struct slice topic,
                           struct slice key)
{
    size_t bytes = sizeof *m + key.size + m->member_size;
    enum err err;

    if (r->bytes + bytes + sizeof *m->topic + topic.size > r->limit)
        return ERR_FULL;
    err = add_place(r, m);
    if (err != OK)
        return err;
    m->topic = get_topic(r, topic);
    list_push(&m->topic->members, &m->link);
    HASH_ADD_KEYPTR_BYHASHVALUE(by_key, r->members, m->text, key.size, hash_of(r, key), m);
    r->bytes += bytes;
    return OK;
}

/* Finds or adds the member; a new one has no seats. *out stays NULL, with OK, when an unknown
 * member has left. */
static enum err get_member(struct roster *r, const struct wire_member *listed,
                           struct roster_member **out)
{
    struct slice key;
    struct roster_member *m = new_member(listed, &key);
    enum err err = OK;

    if (m == NULL)
        return ERR_NO_MEMORY;
    *out = find_member(r, key);
    if (*out == NULL && listed->count > 0) {
        err = add_member(r, m, listed->topic, key);
        if (err == OK) {
            *out = m;
            return OK;
        }
    }
    mem_free(m);
    return err;
}

/* Queues the member for roster_next(). `leave_ms` counts only if it has no seats. */
static void look_at(struct roster *r, struct roster_member *m, uint64_t leave_ms)
{
    m->leave_ms = leave_ms;
    list_remove(&m->changed);
    list_push(&r->changed, &m->changed);
}

static void set_announced(struct roster *r, struct roster_member *m, bool announced)
{
    m->announced = announced;
    if (announced)
        m->topic->count++;
    else
        m->topic->count--;
    r->version++;
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

enum err roster_seat(struct roster *r, uint64_t incarnation, const struct wire_member *listed,
                     bool quiet, uint64_t now_ms)
{
    struct roster_member *m = NULL;
    enum err err;
    uint32_t i = 0;

    if (listed->topic.size == 0 || listed->member.size == 0)
        return ERR_INVALID;
    err = get_member(r, listed, &m);
    if (err != OK || m == NULL)
        return err;
    if (listed->count > 0)
        set_payload(r, m, listed->payload);
    while (i < m->seat_count && m->seats[i].incarnation != incarnation)
        i++;
    if (i < m->seat_count && listed->count == 0)
        drop_seat(m, i);
    else if (i < m->seat_count)
        m->seats[i].count = listed->count;
    else if (listed->count > 0)
        err = add_seat(m, incarnation, listed->count);
    if (quiet && m->seat_count > 0 && !m->announced) {
        set_announced(r, m, true);
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
    *out = (struct wire_presence){.topic = roster_member_topic(m),
                                  .member = roster_member_name(m),
                                  .payload = roster_member_payload(m),
                                  .joined = joined,
                                  .count = m->topic->count};
}

/* Returns the leave of a member, or frees a member whose join was never announced. */
static bool leave(struct roster *r, struct roster_member *m, struct wire_presence *out)
{
    list_remove(&m->changed);
    if (!m->announced) {
        free_member(r, m);
        return false;
    }
    set_announced(r, m, false);
    event_of(m, false, out);
    r->gone = m;
    return true;
}

bool roster_next(struct roster *r, uint64_t now_ms, struct wire_presence *out)
{
    struct list *node;

    if (r->gone != NULL && r->gone->seat_count == 0 && !r->gone->announced)
        free_member(r, r->gone);
    r->gone = NULL;
    while ((node = list_shift(&r->changed)) != NULL) {
        struct roster_member *m = MEMBER(node);

        if (m->seat_count == 0 && now_ms < m->leave_ms) {
            list_push(&r->leaving,
                      &m->changed); /* stays in order, since the grace is the same for all */
        } else if (m->seat_count == 0) {
            if (leave(r, m, out))
                return true;
        } else if (!m->announced) {
            set_announced(r, m, true);
            event_of(m, true, out);
            return true;
        }
    }
    while (!list_empty(&r->leaving) && now_ms >= MEMBER(r->leaving.next)->leave_ms) {
        if (leave(r, MEMBER(r->leaving.next), out))
            return true;
    }
    return false;
}

/* ---- pages ---- */

uint32_t roster_count(const struct roster *r, struct slice name)
{
    const struct roster_topic *topic = find_topic(r, name);

    return topic == NULL ? 0 : topic->count;
}

const struct roster_member *roster_find(const struct roster *r, struct slice topic,
                                        const struct subscriber_uuid *subscriber)
{
    const struct roster_member *m;
    char *key = mem_try(topic.size + 1 + SUBSCRIBER_UUID_BYTES);

    if (key == NULL)
        return NULL;
    m = find_member(r, slice_of(key, write_key(topic, subscriber, key)));
    mem_free(key);
    return m != NULL && m->announced ? m : NULL;
}

/* Returns the first announced member of a topic, from the list node `from` on, with a number above
 * `after`. */
static const struct roster_member *first_told(const struct roster_topic *topic, struct list *from,
                                              uint64_t after)
{
    for (struct list *i = from; i != &topic->members; i = i->next) {
        const struct roster_member *m = LIST_ENTRY(i, struct roster_member, link);

        if (m->announced && m->number > after)
            return m;
    }
    return NULL;
}

const struct roster_member *roster_after(const struct roster *r, struct slice name, uint64_t after)
{
    size_t at = place_after(r, after);
    const struct roster_member *last = at > 0 ? r->places[at - 1].member : NULL;
    const struct roster_topic *topic;

    if (name.data == NULL) {
        for (; at < r->place_count; at++) {
            if (r->places[at].member != NULL && r->places[at].member->announced)
                return r->places[at].member;
        }
        return NULL;
    }
    topic = find_topic(r, name);
    if (topic == NULL)
        return NULL;
    /* The search begins after the last member of the page before, if that is still there, and
     * otherwise at the beginning. */
    if (last != NULL && last->topic == topic)
        return first_told(topic, last->link.next, after);
    return first_told(topic, topic->members.next, after);
}
