/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/journal/topic_ids.h"

#include "common/base/mem.h"

#include <string.h>

#define CHUNK_SIZE ((size_t)16 << 10)

struct topic_ids_chunk {
    struct topic_ids_chunk *next;
    size_t size;
    size_t used;
    char bytes[];
};

void topic_ids_init(struct topic_ids *n, const struct hash_key *key)
{
    *n = (struct topic_ids){.key = *key};
}

static void free_chunks(struct topic_ids_chunk *chunk)
{
    while (chunk != NULL) {
        struct topic_ids_chunk *next = chunk->next;
        mem_free(chunk);
        chunk = next;
    }
}

void topic_ids_clear(struct topic_ids *n)
{
    struct hash_key key = n->key;

    free_chunks(n->chunks);
    mem_free(n->list);
    mem_free(n->slots);
    topic_ids_init(n, &key);
}

void topic_ids_reset(struct topic_ids *n)
{
    if (n->count == 0)
        return;
    free_chunks(n->chunks);
    n->chunks = NULL;
    n->count = 0;
    n->memory = n->capacity * sizeof *n->list + n->slot_count * sizeof *n->slots;
    if (n->slot_count > 0)
        memset(n->slots, 0, n->slot_count * sizeof *n->slots);
}

/* Returns the slot of the name, or the empty slot where it belongs. */
static size_t find_slot(const struct topic_ids *n, struct slice text, uint64_t hash)
{
    size_t mask = n->slot_count - 1;
    size_t i = (size_t)hash & mask;

    while (n->slots[i] != 0) {
        const struct topic_name *name = &n->list[n->slots[i] - 1];
        if (name->hash == hash && slice_equal(name->text, text))
            break;
        i = (i + 1) & mask;
    }
    return i;
}

bool topic_ids_find(const struct topic_ids *n, struct slice text, uint32_t *out)
{
    size_t slot;

    if (n->count == 0)
        return false;
    slot = find_slot(n, text, hash_bytes(&n->key, text));
    if (n->slots[slot] == 0)
        return false;
    *out = n->slots[slot] - 1;
    return true;
}

/* Makes room for one more name. At most half of the slots are used, so that a search ends soon. */
static bool grow(struct topic_ids *n)
{
    size_t capacity = n->capacity == 0 ? 32 : n->capacity * 2;
    struct topic_name *list;
    uint32_t *slots;

    if (n->count < n->capacity)
        return true;
    list = mem_try_resize(n->list, capacity * sizeof *list);
    if (list == NULL)
        return false;
    n->list = list;
    slots = mem_try(2 * capacity * sizeof *slots);
    if (slots == NULL)
        return false;
    memset(slots, 0, 2 * capacity * sizeof *slots);
    mem_free(n->slots);
    n->memory += (capacity - n->capacity) * sizeof *list;
    n->memory += (2 * capacity - n->slot_count) * sizeof *slots;
    n->slots = slots;
    n->slot_count = 2 * capacity;
    n->capacity = capacity;
    for (size_t i = 0; i < n->count; i++) /* all names differ, so the first empty slot is right */
        n->slots[find_slot(n, n->list[i].text, n->list[i].hash)] = (uint32_t)i + 1;
    return true;
}

static char *keep(struct topic_ids *n, struct slice text)
{
    struct topic_ids_chunk *chunk = n->chunks;
    char *copy;

    if (chunk == NULL || chunk->size - chunk->used < text.size) {
        size_t room = text.size > CHUNK_SIZE ? text.size : CHUNK_SIZE;
        chunk = mem_try(sizeof *chunk + room);
        if (chunk == NULL)
            return NULL;
        *chunk = (struct topic_ids_chunk){.next = n->chunks, .size = room};
        n->chunks = chunk;
        n->memory += sizeof *chunk + room;
    }
    copy = chunk->bytes + chunk->used;
    if (text.size > 0)
        memcpy(copy, text.data, text.size);
    chunk->used += text.size;
    return copy;
}

enum err topic_ids_add(struct topic_ids *n, struct slice text, uint32_t *out)
{
    uint64_t hash = hash_bytes(&n->key, text);
    size_t slot;
    char *copy;

    if (n->count > 0) {
        slot = find_slot(n, text, hash);
        if (n->slots[slot] != 0) {
            *out = n->slots[slot] - 1;
            return OK;
        }
    }
    if (n->count == UINT32_MAX - 1 || !grow(n))
        return ERR_NO_MEMORY;
    copy = keep(n, text);
    if (copy == NULL)
        return ERR_NO_MEMORY;
    slot = find_slot(n, text, hash);
    n->list[n->count] = (struct topic_name){slice_of(copy, text.size), hash};
    *out = (uint32_t)n->count++;
    n->slots[slot] = *out + 1;
    return OK;
}
