/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/journal/recent_index.h"

#include "common/base/mem.h"

#include <assert.h>
#include <string.h>

static void start_part(struct recent_index *r, uint64_t first)
{
    struct recent_index_part *part = mem_alloc(sizeof *part);

    part->first = first;
    topic_ids_init(&part->names, &r->key);
    if (r->newest != NULL)
        r->newest->next = part;
    else
        r->oldest = part;
    r->newest = part;
    r->part_count++;
}

static void free_part(struct recent_index_part *part)
{
    for (size_t i = 0; i < part->names.count; i++)
        mem_free(part->lists[i].positions);
    mem_free(part->lists);
    topic_ids_clear(&part->names);
    mem_free(part);
}

void recent_index_init(struct recent_index *r, const struct hash_key *key, uint64_t first,
                       uint32_t part_records)
{
    assert(part_records > 0 && part_records <= OFFSET_WINDOW_SIZE);
    *r = (struct recent_index){.key = *key, .part_records = part_records};
    start_part(r, first);
}

void recent_index_clear(struct recent_index *r)
{
    while (r->oldest != NULL) {
        struct recent_index_part *next = r->oldest->next;
        free_part(r->oldest);
        r->oldest = next;
    }
    r->newest = NULL;
    r->part_count = 0;
}

uint64_t recent_index_next(const struct recent_index *r)
{
    return r->newest->first + r->newest->count;
}

uint64_t recent_index_first(const struct recent_index *r)
{
    return r->oldest->first;
}

size_t recent_index_part_memory(const struct recent_index_part *part)
{
    return sizeof *part + part->memory + part->names.memory;
}

static bool reserve_lists(struct recent_index_part *part)
{
    size_t capacity = part->list_capacity == 0 ? 32 : part->list_capacity * 2;
    struct recent_index_list *lists;

    if (part->names.count < part->list_capacity)
        return true;
    lists = mem_try_resize(part->lists, capacity * sizeof *lists);
    if (lists == NULL)
        return false;
    part->memory += (capacity - part->list_capacity) * sizeof *lists;
    part->lists = lists;
    part->list_capacity = capacity;
    return true;
}

static bool push(struct recent_index_part *part, struct recent_index_list *list, uint32_t position)
{
    if (list->count > 0 && list->positions[list->count - 1] == position)
        return true; /* a record that has its topic twice */
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity == 0 ? 4 : list->capacity * 2;
        uint32_t *positions = mem_try_resize(list->positions, capacity * sizeof *positions);
        if (positions == NULL)
            return false;
        part->memory += (capacity - list->capacity) * sizeof *positions;
        list->positions = positions;
        list->capacity = capacity;
    }
    list->positions[list->count++] = position;
    return true;
}

static bool add_topic(struct recent_index_part *part, struct slice topic, uint32_t position)
{
    size_t before = part->names.count;
    uint32_t number;

    if (!reserve_lists(part) || topic_ids_add(&part->names, topic, &number) != OK)
        return false;
    if (part->names.count > before)
        part->lists[number] = (struct recent_index_list){0};
    return push(part, &part->lists[number], position);
}

static void remove_topic(struct recent_index_part *part, struct slice topic, uint32_t position)
{
    uint32_t number;

    if (!topic_ids_find(&part->names, topic, &number))
        return;
    if (part->lists[number].count > 0 &&
        part->lists[number].positions[part->lists[number].count - 1] == position)
        part->lists[number].count--;
}

enum err recent_index_add(struct recent_index *r, uint64_t time_ms, uint64_t bytes,
                          const struct slice *topics, size_t topic_count)
{
    struct recent_index_part *part = r->newest;
    uint32_t position;

    if (part->closed) {
        start_part(r, recent_index_next(r));
        part = r->newest;
    }
    position = (uint32_t)part->count;
    for (size_t i = 0; i < topic_count; i++) {
        if (add_topic(part, topics[i], position))
            continue;
        for (size_t k = 0; k <= i; k++)
            remove_topic(part, topics[k], position);
        return ERR_NO_MEMORY;
    }
    if (part->count == 0)
        part->first_time = time_ms;
    part->last_time = time_ms;
    part->bytes += bytes;
    part->count++;
    part->closed = part->count >= r->part_records;
    return OK;
}

void recent_index_close(struct recent_index *r)
{
    if (r->newest->count > 0)
        r->newest->closed = true;
}

void recent_index_drop(struct recent_index *r)
{
    struct recent_index_part *part = r->oldest;

    assert(part->closed);
    if (part == r->newest)
        start_part(r, recent_index_next(r));
    r->oldest = part->next;
    r->part_count--;
    free_part(part);
}

struct recent_index_mark recent_index_mark(const struct recent_index *r)
{
    const struct recent_index_part *part = r->newest;

    return (struct recent_index_mark){.part_first = part->first,
                                      .count = part->count,
                                      .bytes = part->bytes,
                                      .first_time = part->first_time,
                                      .last_time = part->last_time,
                                      .closed = part->closed};
}

void recent_index_rewind(struct recent_index *r, const struct recent_index_mark *mark)
{
    struct recent_index_part *part = r->oldest;

    while (part->first != mark->part_first) {
        part = part->next;
        assert(part != NULL); /* nothing is dropped between mark and rewind */
    }
    while (part->next != NULL) {
        struct recent_index_part *gone = part->next;
        part->next = gone->next;
        r->part_count--;
        free_part(gone);
    }
    r->newest = part;
    for (size_t i = 0; i < part->names.count; i++) {
        struct recent_index_list *list = &part->lists[i];
        while (list->count > 0 && list->positions[list->count - 1] >= mark->count)
            list->count--;
    }
    part->count = mark->count;
    part->bytes = mark->bytes;
    part->first_time = mark->first_time;
    part->last_time = mark->last_time;
    part->closed = mark->closed;
}

static const struct recent_index_list *find_list(const struct recent_index_part *part,
                                                 struct slice topic)
{
    uint32_t number;

    return topic_ids_find(&part->names, topic, &number) ? &part->lists[number] : NULL;
}

/* Returns the number of the list's records with an offset below `offset`. */
static uint32_t count_below(const struct recent_index_part *part,
                            const struct recent_index_list *list, uint64_t offset)
{
    uint32_t low = 0;
    uint32_t high = list->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (part->first + list->positions[middle] < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void recent_index_find(const struct recent_index *r, struct slice topic, uint64_t from,
                       uint64_t until, struct offset_window *out)
{
    for (const struct recent_index_part *part = r->oldest; part != NULL; part = part->next) {
        const struct recent_index_list *list;
        if (part->first > until)
            break;
        if (part->first + part->count <= from)
            continue;
        list = find_list(part, topic);
        if (list == NULL)
            continue;
        for (uint32_t i = count_below(part, list, from); i < list->count; i++) {
            uint64_t offset = part->first + list->positions[i];
            if (offset > until)
                break;
            offset_window_add(out, offset);
        }
    }
}

/* Returns the part before `end`, or the newest one if `end` is NULL. There are few parts, since a
 * closed one is written soon, so a scan from the oldest is fast enough. */
static const struct recent_index_part *part_before(const struct recent_index *r,
                                                   const struct recent_index_part *end)
{
    const struct recent_index_part *part = r->oldest;

    if (part == end)
        return NULL;
    while (part->next != end)
        part = part->next;
    return part;
}

bool recent_index_nth(const struct recent_index *r, struct slice topic, uint64_t from,
                      uint64_t until, uint64_t *skip, uint64_t *out)
{
    for (const struct recent_index_part *part = part_before(r, NULL); part != NULL;
         part = part_before(r, part)) {
        const struct recent_index_list *list = find_list(part, topic);
        uint32_t end;
        uint32_t count;
        if (list == NULL)
            continue;
        end = count_below(part, list, until + 1);
        count = end - count_below(part, list, from <= until ? from : until + 1);
        if (*skip < count) {
            *out = part->first + list->positions[end - 1 - *skip];
            return true;
        }
        *skip -= count;
    }
    return false;
}

static bool name_in(const struct recent_index_part *part, size_t number, uint64_t from,
                    uint64_t until, struct recent_index_topic *out)
{
    const struct recent_index_list *list = &part->lists[number];
    uint32_t begin = count_below(part, list, from);
    uint32_t end = count_below(part, list, until + 1);

    if (begin >= end)
        return false;
    out->text = part->names.list[number].text;
    out->count = end - begin;
    out->last = part->first + list->positions[end - 1];
    return true;
}

size_t recent_index_topics(const struct recent_index *r, uint64_t from, uint64_t until,
                           struct recent_index_cursor *walk, struct recent_index_topic *out,
                           size_t room)
{
    const struct recent_index_part *part = r->oldest;
    size_t count = 0;

    while (part != NULL && (part->first < walk->part || part->first + part->count <= from))
        part = part->next;
    for (size_t i = 0; i < room && part != NULL && part->first <= until; i++) {
        if (part->first != walk->part) {
            walk->part = part->first;
            walk->number = 0;
        }
        if (walk->number < part->names.count)
            count += name_in(part, walk->number++, from, until, &out[count]);
        else
            part = part->next;
    }
    walk->done = part == NULL || part->first > until;
    return count;
}
