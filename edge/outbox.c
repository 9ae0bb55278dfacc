/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/outbox.h"

#include "common/mem.h"

#include <assert.h>

#define PENDING(node) LIST_ENTRY((node), struct pending, link)

void outbox_init(struct outbox *o, const struct outbox_config *config)
{
    *o = (struct outbox){.config = *config};
    list_init(&o->waiting);
    list_init(&o->done);
    buf_init(&o->scratch, WIRE_FRAME_SIZE_MAX);
    o->bodies = mem_alloc(OUTBOX_FRAME_BODIES * sizeof *o->bodies);
}

static void free_all(struct list *pendings)
{
    struct list *node;

    while ((node = list_shift(pendings)) != NULL)
        mem_free(PENDING(node));
}

void outbox_clear(struct outbox *o)
{
    free_all(&o->waiting);
    free_all(&o->done);
    buf_clear(&o->scratch);
    mem_free(o->bodies);
    o->bodies = NULL;
}

/* Encodes the body, with our mark and the next number. */
static enum err encode(struct outbox *o, const struct record *record, uint64_t max_body)
{
    struct record marked = *record;

    marked.origin = o->config.incarnation;
    marked.seq = o->last_seq + 1;
    buf_reset(&o->scratch);
    wire_encode_body(&o->scratch, &marked);
    if (!buf_ok(&o->scratch) && record->data.size <= max_body)
        return ERR_NO_MEMORY;
    if (!buf_ok(&o->scratch) || o->scratch.size > max_body)
        return ERR_TOO_LARGE;
    return OK;
}

enum err outbox_add(struct outbox *o, uint64_t now_ms, const struct record *record, void *request,
                    uint64_t max_body)
{
    enum err err = encode(o, record, max_body);
    struct pending *p;

    if (err != OK)
        return err;
    if (o->count >= o->config.count || o->bytes + o->scratch.size > o->config.bytes)
        return ERR_UNAVAILABLE;
    p = mem_try(sizeof *p + o->scratch.size);
    if (p == NULL)
        return ERR_NO_MEMORY;
    *p = (struct pending){
        .seq = ++o->last_seq, .request = request, .taken_ms = now_ms, .size = o->scratch.size};
    memcpy(p->body, o->scratch.data, p->size);
    list_init(&p->link);
    list_push(&o->waiting, &p->link);
    o->bytes += p->size;
    o->count++;
    return OK;
}

void outbox_forget(struct outbox *o, const void *request)
{
    for (struct list *i = o->waiting.next; i != &o->waiting; i = i->next) {
        if (PENDING(i)->request == request)
            PENDING(i)->request = NULL;
    }
    for (struct list *i = o->done.next; i != &o->done; i = i->next) {
        if (PENDING(i)->request == request)
            PENDING(i)->request = NULL;
    }
}

static void finish(struct outbox *o, struct pending *p, enum err result, uint64_t offset)
{
    list_remove(&p->link);
    o->bytes -= p->size;
    o->count--;
    p->result = result;
    p->offset = offset;
    list_push(&o->done, &p->link);
}

/* The waiting publish with this number, or NULL. Outcomes come nearly in order: it is near the front. */
static struct pending *find(struct outbox *o, uint64_t seq)
{
    for (struct list *i = o->waiting.next; i != &o->waiting; i = i->next) {
        if (PENDING(i)->seq >= seq)
            return PENDING(i)->seq == seq ? PENDING(i) : NULL;
    }
    return NULL;
}

void outbox_echo(struct outbox *o, uint64_t seq, uint64_t offset)
{
    struct pending *p = find(o, seq);

    if (p != NULL)
        finish(o, p, OK, offset);
}

void outbox_outcome(struct outbox *o, const struct wire_seq_outcome *outcome)
{
    struct pending *p = find(o, outcome->seq);

    if (p != NULL)
        finish(o, p, outcome->code == OK ? ERR_UNAVAILABLE : outcome->code, outcome->offset);
}

/* Everything above `accepted` goes again when the first of it has waited for long enough. */
static size_t resend(struct outbox *o, uint64_t now_ms, uint64_t accepted)
{
    size_t count = 0;

    for (struct list *i = o->waiting.next; i != &o->waiting; i = i->next) {
        struct pending *p = PENDING(i);

        if (p->seq <= accepted)
            continue;
        if (count == 0 && (p->seq > o->sent_seq || now_ms - p->sent_ms < o->config.resend_ms))
            return 0;
        if (p->seq > o->sent_seq)
            break;
        count++;
    }
    if (count > 0 && o->sent_seq > accepted)
        o->sent_seq = accepted;
    return count;
}

size_t outbox_progress(struct outbox *o, uint64_t now_ms, uint64_t accepted, uint64_t resolved,
                       bool caught_up)
{
    while (caught_up && !list_empty(&o->waiting) && PENDING(o->waiting.next)->seq <= resolved)
        finish(o, PENDING(o->waiting.next), ERR_UNAVAILABLE, 0);
    return resend(o, now_ms, accepted);
}

void outbox_expire(struct outbox *o, uint64_t now_ms)
{
    while (!list_empty(&o->waiting) &&
           now_ms - PENDING(o->waiting.next)->taken_ms >= o->config.deadline_ms)
        finish(o, PENDING(o->waiting.next), ERR_TIMEOUT, 0);
}

/* Every number up to it has had its outcome here. */
static uint64_t settled(const struct outbox *o)
{
    return list_empty(&o->waiting) ? o->last_seq : PENDING(o->waiting.next)->seq - 1;
}

void outbox_restart(struct outbox *o)
{
    o->sent_seq = settled(o);
}

bool outbox_next(struct outbox *o, uint64_t now_ms, struct wire_publish *out)
{
    size_t bytes = 0;

    *out = (struct wire_publish){.incarnation = o->config.incarnation,
                                 .settled = settled(o),
                                 .first_seq = o->sent_seq + 1,
                                 .bodies = o->bodies};
    /* From the back: what is new stands there, and is little compared to what waits. */
    struct list *begin = &o->waiting;
    while (begin->prev != &o->waiting && PENDING(begin->prev)->seq > o->sent_seq)
        begin = begin->prev;
    for (struct list *i = begin; i != &o->waiting; i = i->next) {
        struct pending *p = PENDING(i);

        if (out->count > 0 && (p->seq != o->sent_seq + 1 || out->count == OUTBOX_FRAME_BODIES ||
                               bytes + p->size > OUTBOX_FRAME_BYTES))
            break;
        if (out->count == 0)
            out->first_seq = p->seq;
        o->bodies[out->count++] = slice_of(p->body, p->size);
        bytes += p->size;
        p->sent_ms = now_ms;
        o->sent_seq = p->seq;
    }
    if (out->count == 0 && !o->probe)
        return false;
    o->probe = false;
    return true;
}

struct pending *outbox_done(struct outbox *o)
{
    struct list *node = list_shift(&o->done);

    return node == NULL ? NULL : PENDING(node);
}

void outbox_check(const struct outbox *o)
{
    uint64_t bytes = 0;
    uint32_t count = 0;
    uint64_t seq = 0;

    for (struct list *i = o->waiting.next; i != &o->waiting; i = i->next) {
        assert(PENDING(i)->seq > seq && PENDING(i)->seq <= o->last_seq);
        seq = PENDING(i)->seq;
        bytes += PENDING(i)->size;
        count++;
    }
    assert(bytes == o->bytes && count == o->count);
    assert(o->sent_seq <= o->last_seq);
}
