/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/inbox.h"

#include "common/base/mem.h"

#include <assert.h>
#include <string.h>

struct kept {
    struct kept *next;
    struct entry entry;
    char body[];
};

void inbox_init(struct inbox *i, uint64_t limit)
{
    *i = (struct inbox){.limit = limit};
}

static void drop_first(struct inbox *i)
{
    struct kept *k = i->first;

    i->first = k->next;
    if (i->first == NULL)
        i->last = NULL;
    i->bytes -= sizeof *k + k->entry.body.size;
    mem_free(k);
}

void inbox_reset(struct inbox *i, uint64_t head)
{
    while (i->first != NULL)
        drop_first(i);
    i->known_head = head;
}

void inbox_raise_head(struct inbox *i, uint64_t head)
{
    if (head > i->known_head)
        i->known_head = head;
}

void inbox_check(const struct inbox *i)
{
    uint64_t bytes = 0;
    uint64_t offset = 0;

    for (const struct kept *k = i->first; k != NULL; k = k->next) {
        assert(k->entry.offset > offset && k->entry.offset <= i->known_head);
        offset = k->entry.offset;
        bytes += sizeof *k + k->entry.body.size;
        assert(k->next != NULL || k == i->last);
    }
    assert(bytes == i->bytes);
    assert(i->bytes <= i->limit);
    assert((i->first == NULL) == (i->last == NULL));
}

void inbox_keep(struct inbox *i, const struct entry *entry)
{
    size_t size = sizeof(struct kept) + entry->body.size;
    struct kept *k;

    if (i->last != NULL && entry->offset <= i->last->entry.offset)
        return;
    k = i->bytes + size > i->limit ? NULL : mem_try(size);
    if (k == NULL) {
        i->dropped++;
        return;
    }
    k->next = NULL;
    k->entry = *entry;
    k->entry.body = slice_of(k->body, entry->body.size);
    memcpy(k->body, entry->body.data, entry->body.size);
    if (i->last == NULL)
        i->first = k;
    else
        i->last->next = k;
    i->last = k;
    i->bytes += size;
}

const struct entry *inbox_take(struct inbox *i, uint64_t head)
{
    while (i->first != NULL && i->first->entry.offset <= head)
        drop_first(i);
    if (i->first == NULL || i->first->entry.offset != head + 1)
        return NULL;
    return &i->first->entry;
}

bool inbox_hole(const struct inbox *i, uint64_t head, uint64_t *out_until)
{
    uint64_t until = i->first != NULL ? i->first->entry.offset - 1 : i->known_head;

    if (until <= head)
        return false;
    *out_until = until;
    return true;
}
