/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/presence.h"

#include "common/base/mem.h"

#include <assert.h>

#define ENTRY(node) LIST_ENTRY((node), struct presence_entry, changed)

void presence_init(struct presence *p, const struct hash_key *key)
{
    *p = (struct presence){.key = *key};
    list_init(&p->changed);
    p->members = mem_alloc(PRESENCE_FRAME_MEMBERS * sizeof *p->members);
}

static void forget(struct presence *p, struct presence_entry *entry)
{
    assert(p->table != NULL);
    HASH_DELETE(by_key, p->table, entry);
    list_remove(&entry->changed);
    mem_free(entry->payload);
    mem_free(entry);
}

/* Frees the entries without streams that the last frame reported to the broker. */
static void drop_sent(struct presence *p)
{
    for (size_t i = 0; i < p->count; i++) {
        struct presence_entry *entry;

        if (p->members[i].count > 0)
            continue;
        entry = (struct presence_entry *)(void *)((uintptr_t)p->members[i].topic.data -
                                                  offsetof(struct presence_entry, text));
        if (entry->count == 0 && list_empty(&entry->changed))
            forget(p, entry);
    }
    p->count = 0;
}

void presence_clear(struct presence *p)
{
    struct presence_entry *entry;
    struct presence_entry *next;

    HASH_ITER(by_key, p->table, entry, next)
    forget(p, entry);
    mem_free(p->members);
    p->members = NULL;
}

/* Returns true if the entry is in the frame handed to the shell. */
static bool is_in_frame(const struct presence *p, const struct presence_entry *entry)
{
    for (size_t i = 0; i < p->count; i++) {
        if (p->members[i].topic.data == entry->text)
            return true;
    }
    return false;
}

void presence_check(const struct presence *p)
{
    assert(p->count <= PRESENCE_FRAME_MEMBERS);
    for (const struct presence_entry *i = p->table; i != NULL; i = i->by_key.next)
        assert(i->count > 0 || !list_empty(&i->changed) || is_in_frame(p, i));
}

static size_t key_of(struct slice topic, struct slice member, char *out)
{
    memcpy(out, topic.data, topic.size);
    out[topic.size] = '\0';
    memcpy(out + topic.size + 1, member.data, member.size);
    return topic.size + 1 + member.size;
}

static struct presence_entry *find(const struct presence *p, struct slice key)
{
    unsigned hash = (unsigned)hash_bytes(&p->key, key);
    struct presence_entry *entry;

    HASH_FIND_BYHASHVALUE(by_key, p->table, key.data, key.size, hash, entry);
    return entry;
}

static void change(struct presence *p, struct presence_entry *entry)
{
    if (list_empty(&entry->changed))
        list_push(&p->changed, &entry->changed);
}

/* Sets the payload, which a new token may change. Returns true if it has changed. */
static bool set_payload(struct presence_entry *entry, struct slice payload)
{
    if (payload.size == 0 || slice_equal(payload, slice_of(entry->payload, entry->payload_size)))
        return false;
    mem_free(entry->payload);
    entry->payload = mem_alloc(payload.size);
    entry->payload_size = (uint32_t)payload.size;
    memcpy(entry->payload, payload.data, payload.size);
    return true;
}

void presence_add(struct presence *p, struct slice topic, struct slice member, struct slice payload)
{
    size_t key_size = topic.size + 1 + member.size;
    struct presence_entry *entry = mem_alloc(sizeof *entry + key_size);
    struct presence_entry *there;

    (void)key_of(topic, member, entry->text);
    there = find(p, slice_of(entry->text, key_size));
    if (there != NULL) {
        mem_free(entry);
        if (set_payload(there, payload) || there->count == 0)
            change(p, there);
        there->count++;
        return;
    }
    (void)set_payload(entry, payload);
    entry->topic_size = (uint32_t)topic.size;
    entry->member_size = (uint32_t)member.size;
    entry->count = 1;
    list_init(&entry->changed);
    HASH_ADD_KEYPTR_BYHASHVALUE(by_key, p->table, entry->text, key_size,
                                (unsigned)hash_bytes(&p->key, slice_of(entry->text, key_size)),
                                entry);
    change(p, entry);
}

void presence_remove(struct presence *p, struct slice topic, struct slice member)
{
    char *key = mem_alloc(topic.size + 1 + member.size);
    struct presence_entry *entry = find(p, slice_of(key, key_of(topic, member, key)));

    mem_free(key);
    assert(entry != NULL && entry->count > 0);
    if (--entry->count == 0)
        change(p, entry);
}

void presence_send_all(struct presence *p)
{
    for (struct presence_entry *i = p->table; i != NULL; i = i->by_key.next)
        change(p, i);
    p->all = true;
}

bool presence_next(struct presence *p, struct wire_members *out)
{
    struct list *node;

    drop_sent(p);
    if (list_empty(&p->changed) && !p->all)
        return false;
    while (p->count < PRESENCE_FRAME_MEMBERS && (node = list_shift(&p->changed)) != NULL) {
        struct presence_entry *e = ENTRY(node);
        const char *member = e->text + e->topic_size + 1;

        p->members[p->count++] =
            (struct wire_member){.topic = slice_of(e->text, e->topic_size),
                                 .member = slice_of(member, e->member_size),
                                 .payload = slice_of(e->payload, e->payload_size),
                                 .count = e->count};
    }
    *out = (struct wire_members){
        .serial = ++p->serial, .all = p->all, .members = p->members, .count = p->count};
    p->all = false;
    return true;
}
