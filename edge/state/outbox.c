/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/outbox.h"

#include "common/base/mem.h"

#include <assert.h>

#define PENDING(node) LIST_ENTRY((node), struct pending, link)

void outbox_init(struct outbox *o, const struct outbox_config *config)
{
    *o = (struct outbox){.config = *config};
    list_init(&o->waiting);
    list_init(&o->done);
    list_init(&o->ephemeral);
    list_init(&o->sending);
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
    free_all(&o->ephemeral);
    free_all(&o->sending);
    buf_clear(&o->scratch);
    mem_free(o->bodies);
    o->bodies = NULL;
}

/* Encodes the record's body into `scratch`, with this edge as its origin and the number `seq`. */
static enum err encode(struct outbox *o, const struct record *record, uint64_t seq, uint16_t group,
                       uint64_t max_body)
{
    struct record marked = *record;

    marked.origin = o->config.incarnation;
    marked.seq = seq;
    marked.group = group;
    buf_reset(&o->scratch);
    wire_encode_body(&o->scratch, &marked);
    if (!buf_ok(&o->scratch) && record->data.size <= max_body)
        return ERR_NO_MEMORY;
    if (!buf_ok(&o->scratch) || o->scratch.size > max_body)
        return ERR_TOO_LARGE;
    return OK;
}

/* Makes a publish with the body in `scratch`. */
static struct pending *new_pending(struct outbox *o, uint64_t now_ms, void *request)
{
    struct pending *p = mem_try(sizeof *p + o->scratch.size);

    if (p == NULL)
        return NULL;
    *p = (struct pending){
        .request = request, .taken_ms = now_ms, .taken_us = o->now_us, .size = o->scratch.size};
    memcpy(p->body, o->scratch.data, p->size);
    list_init(&p->link);
    return p;
}

static void add_waiting(struct outbox *o, struct pending *p)
{
    p->seq = ++o->last_seq;
    list_push(&o->waiting, &p->link);
    o->bytes += p->size;
    o->count++;
}

enum err outbox_add(struct outbox *o, uint64_t now_ms, const struct record *record, void *request,
                    uint64_t max_body)
{
    enum err err = encode(o, record, o->last_seq + 1, 0, max_body);
    struct pending *p;

    if (err != OK)
        return err;
    if (o->count >= o->config.count || o->bytes + o->scratch.size > o->config.bytes)
        return ERR_UNAVAILABLE;
    p = new_pending(o, now_ms, request);
    if (p == NULL)
        return ERR_NO_MEMORY;
    add_waiting(o, p);
    return OK;
}

/* Makes all publishes of a group, in the list `out`. They are not waiting yet. */
static enum err make_group(struct outbox *o, uint64_t now_ms, const struct record *records,
                           size_t count, void *const *requests, uint64_t max_body, struct list *out)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < count; i++) {
        uint16_t rest = (uint16_t)(count - 1 - i);
        enum err err = encode(o, &records[i], o->last_seq + 1 + i, rest, max_body);
        struct pending *p;

        bytes += o->scratch.size;
        if (err == OK && bytes > OUTBOX_FRAME_BYTES)
            err = ERR_TOO_LARGE;
        if (err == OK && o->bytes + bytes > o->config.bytes)
            err = ERR_UNAVAILABLE;
        if (err != OK)
            return err;
        p = new_pending(o, now_ms, requests[i]);
        if (p == NULL)
            return ERR_NO_MEMORY;
        p->group = rest;
        p->grouped = true;
        p->first_in_group = i == 0;
        list_push(out, &p->link);
    }
    return OK;
}

enum err outbox_add_group(struct outbox *o, uint64_t now_ms, const struct record *records,
                          size_t count, void *const *requests, uint64_t max_body)
{
    struct list group;
    struct list *node;
    enum err err;

    assert(count > 0);
    if (count > OUTBOX_FRAME_BODIES)
        return ERR_TOO_LARGE;
    if (o->count + count > o->config.count)
        return ERR_UNAVAILABLE;
    list_init(&group);
    err = make_group(o, now_ms, records, count, requests, max_body, &group);
    while ((node = list_shift(&group)) != NULL) {
        if (err == OK)
            add_waiting(o, PENDING(node));
        else
            mem_free(PENDING(node));
    }
    return err;
}

/* ---- ephemeral publishes ---- */

enum err outbox_add_ephemeral(struct outbox *o, const struct record *record, void *request,
                              uint64_t max_body)
{
    enum err err = encode(o, record, 0, 0, max_body);
    struct pending *added;
    struct pending *done;

    if (err != OK)
        return err;
    if (o->ephemeral_bytes + o->scratch.size > OUTBOX_FRAME_BYTES)
        return ERR_UNAVAILABLE;
    added = new_pending(o, 0, NULL);
    buf_reset(&o->scratch);
    done = new_pending(o, 0, request);
    if (added == NULL || done == NULL) {
        mem_free(added);
        mem_free(done);
        return ERR_NO_MEMORY;
    }
    o->ephemeral_bytes += added->size;
    list_push(&o->ephemeral, &added->link);
    list_push(&o->done, &done->link);
    return OK;
}

bool outbox_next_ephemeral(struct outbox *o, struct wire_ephemeral *out)
{
    struct list *node;

    free_all(&o->sending);
    if (list_empty(&o->ephemeral))
        return false;
    *out = (struct wire_ephemeral){.incarnation = o->config.incarnation, .bodies = o->bodies};
    while (out->count < OUTBOX_FRAME_BODIES && (node = list_shift(&o->ephemeral)) != NULL) {
        struct pending *p = PENDING(node);

        o->ephemeral_bytes -= p->size;
        o->bodies[out->count++] = slice_of(p->body, p->size);
        list_push(&o->sending, node);
    }
    return true;
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

static void count_outcome(struct outbox *o, enum err result)
{
    if (result == OK)
        o->stored++;
    else if (result == ERR_DUPLICATE)
        o->duplicates++;
    else if (result == ERR_TIMEOUT || result == ERR_UNAVAILABLE)
        o->unknown++;
    else
        o->refused++;
}

static void finish(struct outbox *o, struct pending *p, enum err result, uint64_t offset)
{
    count_outcome(o, result);
    list_remove(&p->link);
    o->bytes -= p->size;
    o->count--;
    p->result = result;
    p->offset = offset;
    list_push(&o->done, &p->link);
}

/* Returns the waiting publish with this number, or NULL. Outcomes come nearly in order, so the
 * publish is near the front. */
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

/* Lets all sent publishes above `accepted` be sent again, if the first of them has waited long
 * enough. Returns their number. */
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

/* Returns the number up to which all publishes have had their outcomes. */
static uint64_t settled(const struct outbox *o)
{
    return list_empty(&o->waiting) ? o->last_seq : PENDING(o->waiting.next)->seq - 1;
}

void outbox_restart(struct outbox *o)
{
    o->sent_seq = settled(o);
}

/* Returns true if a publish may join a frame that has some already. A group begins a frame, and
 * is never divided. */
static bool fits_frame(const struct outbox *o, const struct pending *p, size_t count, size_t bytes)
{
    if (p->seq != o->sent_seq + 1)
        return false;
    if (p->grouped)
        return !p->first_in_group;
    return count < OUTBOX_FRAME_BODIES && bytes + p->size <= OUTBOX_FRAME_BYTES;
}

bool outbox_next(struct outbox *o, uint64_t now_ms, struct wire_publish *out)
{
    size_t bytes = 0;

    *out = (struct wire_publish){.incarnation = o->config.incarnation,
                                 .settled = settled(o),
                                 .first_seq = o->sent_seq + 1,
                                 .bodies = o->bodies};
    /* The search starts at the back: unsent publishes are there, and few compared to the rest. */
    struct list *begin = &o->waiting;
    while (begin->prev != &o->waiting && PENDING(begin->prev)->seq > o->sent_seq)
        begin = begin->prev;
    for (struct list *i = begin; i != &o->waiting; i = i->next) {
        struct pending *p = PENDING(i);

        if (out->count > 0 && !fits_frame(o, p, out->count, bytes))
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
    assert(o->bytes <= o->config.bytes && o->count <= o->config.count);
    assert(o->ephemeral_bytes <= OUTBOX_FRAME_BYTES);
    assert(o->last_seq == o->stored + o->duplicates + o->refused + o->unknown + count);
    assert(o->sent_seq <= o->last_seq);
}
