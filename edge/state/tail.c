/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/tail.h"

#include "common/base/mem.h"

#include <assert.h>
#include <string.h>

struct tail_chunk {
    struct tail_chunk *next; /* newer */
    size_t used;
    size_t size;
    size_t records; /* number of records that are still in it */
    char bytes[];
};

void tail_init(struct tail *t, uint64_t limit, uint64_t head)
{
    *t = (struct tail){.first = head + 1, .limit = limit};
    t->capacity = 64;
    t->records = mem_alloc(t->capacity * sizeof *t->records);
}

void tail_clear(struct tail *t)
{
    while (t->count > 0)
        tail_shift(t);
    mem_free(t->newest);
    mem_free(t->records);
    *t = (struct tail){0};
}

static uint64_t cost(const struct tail_record *r)
{
    uint64_t topics = r->topic_count > 1 ? r->topic_count * sizeof(struct topic *) : 0;

    /* 16 for each topic: its ring of offsets has 8 bytes for the record, and may be half empty. */
    return r->size + sizeof *r + topics + 16u * r->topic_count;
}

static char *room(struct tail *t, size_t size)
{
    struct tail_chunk *c = t->newest;
    char *bytes;

    if (c == NULL || c->size - c->used < size) {
        size_t chunk_size = size > TAIL_CHUNK_SIZE ? size : TAIL_CHUNK_SIZE;

        c = mem_alloc(sizeof *c + chunk_size);
        c->size = chunk_size;
        if (t->newest == NULL)
            t->oldest = c;
        else
            t->newest->next = c;
        t->newest = c;
    }
    bytes = c->bytes + c->used;
    c->used += size;
    c->records++;
    return bytes;
}

void tail_check(const struct tail *t)
{
    assert(t->count <= t->capacity && (t->capacity & (t->capacity - 1)) == 0);
    assert(t->count == 0 || (t->oldest != NULL && t->oldest->records > 0));
    assert(t->count > 0 || t->bytes == 0);
    assert(!tail_over(t));
}

static void grow(struct tail *t)
{
    struct tail_record *bigger = mem_alloc(t->capacity * 2 * sizeof *bigger);

    for (size_t i = 0; i < t->count; i++)
        bigger[i] = t->records[(t->start + i) & (t->capacity - 1)];
    mem_free(t->records);
    t->records = bigger;
    t->start = 0;
    t->capacity *= 2;
}

struct tail_record *tail_newest(struct tail *t)
{
    assert(t->count > 0);
    return &t->records[(t->start + t->count - 1) & (t->capacity - 1)];
}

void tail_set_publisher_id(struct tail *t, struct slice own, struct slice id)
{
    struct tail_record *r = tail_newest(t);
    struct tail_id_line *line;

    assert(own.data >= r->sse && own.data + own.size <= r->sse + r->size);
    line = mem_alloc(sizeof *line + id.size + 5);
    line->at = (uint32_t)(own.data - r->sse);
    line->own_size = (uint32_t)own.size;
    line->size = (uint32_t)id.size + 5;
    memcpy(line->text, "id: ", 4);
    memcpy(line->text + 4, id.data, id.size);
    line->text[4 + id.size] = '\n';
    r->publisher_id = line;
    t->bytes += sizeof *line + line->size;
}

void tail_append(struct tail *t, struct slice sse, struct topic *const *topics,
                 uint16_t topic_count)
{
    struct tail_record *r;
    char *bytes;

    if (t->count == t->capacity)
        grow(t);
    r = &t->records[(t->start + t->count++) & (t->capacity - 1)];
    bytes = room(t, sse.size);
    memcpy(bytes, sse.data, sse.size);
    *r = (struct tail_record){.sse = bytes, .size = (uint32_t)sse.size, .topic_count = topic_count};
    if (topic_count == 1) {
        r->one = topics[0];
    } else {
        r->many = mem_alloc(topic_count * sizeof *r->many);
        memcpy(r->many, topics, topic_count * sizeof *r->many);
    }
    t->bytes += cost(r);
}

struct topic *const *tail_oldest_topics(const struct tail *t, uint32_t *out_count)
{
    const struct tail_record *r = &t->records[t->start];

    assert(t->count > 0);
    *out_count = r->topic_count;
    return r->topic_count == 1 ? &r->one : r->many;
}

void tail_shift(struct tail *t)
{
    struct tail_record *r = &t->records[t->start];
    struct tail_chunk *c = t->oldest;

    assert(t->count > 0 && c->records > 0);
    t->bytes -= cost(r);
    if (r->publisher_id != NULL)
        t->bytes -= sizeof *r->publisher_id + r->publisher_id->size;
    mem_free(r->publisher_id);
    if (r->topic_count != 1)
        mem_free(r->many);
    t->start = (t->start + 1) & (t->capacity - 1);
    t->count--;
    t->first++;
    if (--c->records > 0)
        return;
    if (c != t->newest) {
        t->oldest = c->next;
        mem_free(c);
    } else {
        c->used = 0; /* nothing points into it now */
    }
}
