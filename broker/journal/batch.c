/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/journal/batch.h"

#include "common/base/mem.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

/* 256 KiB: about 800 publishes of 300 bytes. */
#define CHUNK_SIZE ((size_t)256 << 10)

struct batch_chunk {
    struct batch_chunk *next;
    size_t size;
    size_t used;
    max_align_t bytes[]; /* aligned for the topics' slices */
};

void batch_init(struct batch *b)
{
    *b = (struct batch){0};
}

static void free_chunks(struct batch_chunk *chunk)
{
    while (chunk != NULL) {
        struct batch_chunk *next = chunk->next;
        mem_free(chunk);
        chunk = next;
    }
}

void batch_clear(struct batch *b)
{
    free_chunks(b->chunks);
    mem_free(b->entries);
    mem_free(b->edges);
    batch_init(b);
}

void batch_reset(struct batch *b)
{
    struct batch_chunk *keep = b->chunks;

    /* The newest chunk is kept, unless it was allocated for one large body. */
    if (keep != NULL) {
        free_chunks(keep->next);
        keep->next = NULL;
        keep->used = 0;
        if (keep->size > CHUNK_SIZE) {
            mem_free(keep);
            keep = NULL;
        }
    }
    b->chunks = keep;
    b->count = 0;
    b->edge_count = 0;
    b->bytes = 0;
    b->stored = 0;
}

/* Returns aligned memory that lives as long as the batch's content, or NULL. */
static void *take(struct batch *b, size_t size)
{
    size_t rounded = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    struct batch_chunk *chunk = b->chunks;
    char *bytes;

    if (chunk == NULL || chunk->size - chunk->used < rounded) {
        size_t room = rounded > CHUNK_SIZE ? rounded : CHUNK_SIZE;
        chunk = mem_try(sizeof *chunk + room);
        if (chunk == NULL)
            return NULL;
        *chunk = (struct batch_chunk){.next = b->chunks, .size = room};
        b->chunks = chunk;
    }
    bytes = (char *)chunk->bytes + chunk->used;
    chunk->used += rounded;
    return bytes;
}

static bool reserve_entry(struct batch *b)
{
    size_t capacity = b->capacity == 0 ? 64 : b->capacity * 2;
    struct batch_entry *entries;

    if (b->count < b->capacity)
        return true;
    entries = mem_try_resize(b->entries, capacity * sizeof *entries);
    if (entries == NULL)
        return false;
    b->entries = entries;
    b->capacity = capacity;
    return true;
}

/* Returns the part of the copy `to` that `part` is of `from`. Absent slices stay absent; empty ones
 * may point anywhere. */
static struct slice moved(struct slice part, struct slice from, const char *to)
{
    if (part.size == 0)
        return part;
    assert(part.data >= from.data && part.data + part.size <= from.data + from.size);
    return slice_of(to + (part.data - from.data), part.size);
}

enum err batch_add(struct batch *b, const struct record *record, struct slice body,
                   uint64_t time_ms)
{
    size_t topics_size = record->topic_count * sizeof(struct slice);
    struct batch_entry *entry;
    struct slice *topics;
    char *copy;

    if (!reserve_entry(b))
        return ERR_NO_MEMORY;
    topics = take(b, topics_size + body.size);
    if (topics == NULL)
        return ERR_NO_MEMORY;
    copy = (char *)topics + topics_size;
    memcpy(copy, body.data, body.size);
    for (size_t i = 0; i < record->topic_count; i++)
        topics[i] = moved(record->topics[i], body, copy);

    entry = &b->entries[b->count++];
    *entry = (struct batch_entry){
        .record = *record, .body = slice_of(copy, body.size), .time_ms = time_ms};
    entry->record.topics = topics;
    entry->record.id = moved(record->id, body, copy);
    entry->record.type = moved(record->type, body, copy);
    entry->record.data = moved(record->data, body, copy);
    b->bytes += body.size;
    return OK;
}

void batch_set_edge(struct batch *b, uint64_t incarnation, uint64_t accepted, uint64_t seen_ms)
{
    struct batch_edge edge = {incarnation, accepted, seen_ms, b->count};

    /* The search begins at the end, since an edge's frames tend to come in runs. */
    for (size_t i = b->edge_count; i > 0; i--) {
        if (b->edges[i - 1].incarnation == incarnation) {
            assert(accepted >= b->edges[i - 1].accepted);
            b->edges[i - 1] = edge;
            return;
        }
    }
    if (b->edge_count == b->edge_capacity) {
        size_t capacity = b->edge_capacity == 0 ? 16 : b->edge_capacity * 2;
        struct batch_edge *edges = mem_alloc(capacity * sizeof *edges);
        if (b->edge_count > 0)
            memcpy(edges, b->edges, b->edge_count * sizeof *edges);
        mem_free(b->edges);
        b->edges = edges;
        b->edge_capacity = capacity;
    }
    b->edges[b->edge_count++] = edge;
}
