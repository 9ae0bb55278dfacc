/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/queries.h"

#include "common/base/mem.h"

#include <assert.h>

#define QUERY_MS 5000 /* time after which a query fails */
#define ANSWER_SIZE_MAX (8u << 20)
#define PAGE_BYTES_MAX (4u << 20) /* bytes of bodies; a page of large records has fewer of them */

void queries_init(struct queries *q)
{
    *q = (struct queries){.given = NULL};
    list_init(&q->waiting);
    list_init(&q->done);
}

void queries_clear(struct queries *q)
{
    struct list *node;

    queries_free(q, q->given);
    q->given = NULL;
    while ((node = list_shift(&q->waiting)) != NULL || (node = list_shift(&q->done)) != NULL)
        queries_free(q, LIST_ENTRY(node, struct query, link));
    assert(q->count == 0);
    q->unsent = 0;
}

void queries_check(const struct queries *q)
{
    uint32_t count = q->given != NULL;
    uint32_t unsent = 0;

    for (struct list *i = q->waiting.next; i != &q->waiting; i = i->next) {
        count++;
        unsent += !LIST_ENTRY(i, struct query, link)->sent;
    }
    for (struct list *i = q->done.next; i != &q->done; i = i->next)
        count++;
    assert(count == q->count);
    assert(unsent == q->unsent);
    assert(q->count <= QUERIES_MAX);
}

struct query *queries_add(struct queries *q, uint64_t now_ms, enum query_type type,
                          struct slice command, const struct slice *arguments, size_t count,
                          void *request)
{
    size_t bytes = command.size;
    struct query *query;
    char *text;

    assert(q->count < QUERIES_MAX);
    for (size_t i = 0; i < count; i++)
        bytes += arguments[i].size;
    query = mem_try(sizeof *query + (count + 1) * sizeof *arguments + bytes);
    if (query == NULL)
        return NULL;
    memset(query, 0, sizeof *query);
    query->type = type;
    query->request = request;
    query->deadline_ms = now_ms + QUERY_MS;
    query->count = count;
    query->arguments = (struct slice *)(void *)(query + 1);
    text = (char *)(query->arguments + count + 1);
    for (size_t i = 0; i <= count; i++) {
        struct slice s = i < count ? arguments[i] : command;

        if (s.size > 0)
            memcpy(text, s.data, s.size);
        query->arguments[i] = slice_of(text, s.size);
        text += s.size;
    }
    buf_init(&query->answer, ANSWER_SIZE_MAX);
    list_init(&query->link);
    list_push(&q->waiting, &query->link);
    q->count++;
    q->unsent++;
    return query;
}

void queries_free(struct queries *q, struct query *query)
{
    if (query == NULL)
        return;
    list_remove(&query->link);
    buf_clear(&query->answer);
    mem_free(query->entries);
    mem_free(query);
    q->count--;
}

struct query *queries_find(struct queries *q, uint64_t id)
{
    for (struct list *i = q->waiting.next; i != &q->waiting; i = i->next) {
        struct query *query = LIST_ENTRY(i, struct query, link);

        if (query->sent && query->id == id)
            return query;
    }
    return NULL;
}

void queries_forget(struct queries *q, const void *request)
{
    struct list *lists[] = {&q->waiting, &q->done};

    for (size_t k = 0; k < 2; k++) {
        for (struct list *i = lists[k]->next; i != lists[k]; i = i->next) {
            struct query *query = LIST_ENTRY(i, struct query, link);

            if (query->request == request)
                query->request = NULL;
        }
    }
}

void queries_resend(struct queries *q, struct query *query)
{
    assert(query->sent);
    query->sent = false;
    q->unsent++;
}

void queries_finish(struct queries *q, struct query *query, enum err code)
{
    query->code = code;
    q->unsent -= !query->sent;
    query->sent = true;
    list_remove(&query->link);
    list_push(&q->done, &query->link);
}

struct query *queries_next_unsent(struct queries *q)
{
    /* New queries are at the end; one that is sent again may be anywhere. */
    for (struct list *i = q->waiting.prev; q->unsent > 0 && i != &q->waiting; i = i->prev) {
        struct query *query = LIST_ENTRY(i, struct query, link);

        if (query->sent)
            continue;
        query->sent = true;
        q->unsent--;
        return query;
    }
    return NULL;
}

struct query *queries_next_done(struct queries *q)
{
    struct list *node;

    queries_free(q, q->given);
    q->given = NULL;
    while ((node = list_shift(&q->done)) != NULL) {
        struct query *query = LIST_ENTRY(node, struct query, link);

        if (query->request != NULL) {
            q->given = query;
            return query;
        }
        queries_free(q, query);
    }
    return NULL;
}

struct query *queries_take_done(struct queries *q, const void *request)
{
    for (struct list *i = q->done.next; i != &q->done; i = i->next) {
        struct query *query = LIST_ENTRY(i, struct query, link);

        if (query->request == request) {
            list_remove(i);
            return query;
        }
    }
    return NULL;
}

struct query *queries_expired(const struct queries *q, uint64_t now_ms)
{
    struct query *first = LIST_ENTRY(q->waiting.next, struct query, link);

    /* The queries are in the order of their deadlines. */
    return list_empty(&q->waiting) || now_ms < first->deadline_ms ? NULL : first;
}

/* ---- pages ---- */

/* Makes room for one more body: a backward page loses its oldest records. Returns false if there
 * is no room: the page is full. */
static bool page_has_room(struct query *query, size_t size)
{
    while (query->entry_count > 0 && query->answer.size + size > PAGE_BYTES_MAX) {
        if (!query->backward)
            return false;
        buf_consume(&query->answer, query->entries[0].body.size);
        query->entry_count--;
        memmove(query->entries, query->entries + 1, query->entry_count * sizeof *query->entries);
        query->cut = true;
    }
    return query->entry_count < query->limit;
}

/* Adds an answer's records to the page. *out_full: the page takes no more. */
static enum err keep_records(struct query *query, const struct wire_records *frame, bool *out_full)
{
    *out_full = false;
    query->next = frame->next;
    query->oldest = frame->oldest;
    query->head = frame->head;
    if (query->entries == NULL)
        query->entries = mem_try((query->limit + 1) * sizeof *query->entries);
    if (query->entries == NULL)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < frame->count && !*out_full; i++) {
        if (!page_has_room(query, frame->entries[i].body.size)) {
            query->next = i == 0 ? query->after : frame->entries[i - 1].offset;
            *out_full = true;
            break;
        }
        query->entries[query->entry_count++] = frame->entries[i];
        buf_slice(&query->answer, frame->entries[i].body);
    }
    return buf_ok(&query->answer) ? OK : ERR_NO_MEMORY;
}

bool queries_take_page(struct queries *q, struct query *query, const struct wire_records *frame)
{
    bool full;
    size_t at = 0;
    enum err err = keep_records(query, frame, &full);

    if (err == OK && !full && frame->next < query->until && frame->next > query->after &&
        query->entry_count < query->limit) {
        query->after = frame->next;
        queries_resend(q, query);
        return false;
    }
    for (size_t i = 0; i < query->entry_count; i++) {
        query->entries[i].body.data = query->answer.data + at;
        at += query->entries[i].body.size;
    }
    query->code = err;
    return true;
}
