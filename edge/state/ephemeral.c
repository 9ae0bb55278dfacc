/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/ephemeral.h"

#include "common/base/mem.h"

#include <assert.h>

void ephemeral_init(struct ephemeral *q)
{
    *q = (struct ephemeral){.events = NULL};
}

void ephemeral_clear(struct ephemeral *q)
{
    while (q->at < q->count)
        ephemeral_text_unref(q->events[q->at++].text);
    mem_free(q->events);
    q->events = NULL;
    q->at = q->count = q->capacity = 0;
}

void ephemeral_check(const struct ephemeral *q)
{
    assert(q->at <= q->count);
    assert(q->count <= q->capacity);
    assert(q->count <= EPHEMERAL_MAX);
    for (size_t i = q->at; i < q->count; i++)
        assert(q->events[i].text->refs > 0);
}

struct ephemeral_text *ephemeral_text_create(struct slice bytes)
{
    struct ephemeral_text *text = mem_try(sizeof *text + bytes.size);

    if (text == NULL)
        return NULL;
    text->refs = 1;
    text->size = bytes.size;
    memcpy(text->text, bytes.data, bytes.size);
    return text;
}

void ephemeral_text_unref(struct ephemeral_text *text)
{
    assert(text->refs > 0);
    if (--text->refs == 0)
        mem_free(text);
}

static bool can_take(const struct stream *s)
{
    return !s->blocked && s->sent == 0 && s->state == STREAM_LIVE;
}

static bool has_room(struct ephemeral *q)
{
    size_t capacity = q->capacity == 0 ? 256 : q->capacity * 2;
    struct ephemeral_event *bigger;

    if (q->count < q->capacity)
        return true;
    bigger = mem_try_resize(q->events, capacity * sizeof *bigger);
    if (bigger == NULL)
        return false;
    q->events = bigger;
    q->capacity = capacity;
    return true;
}

void ephemeral_add(struct ephemeral *q, struct stream *s, struct ephemeral_text *text)
{
    assert(text->refs > 0);
    if (!can_take(s) || q->count >= EPHEMERAL_MAX || !has_room(q)) {
        q->dropped++;
        return;
    }
    q->events[q->count++] = (struct ephemeral_event){s, text};
    text->refs++;
}

struct stream *ephemeral_next(struct ephemeral *q, struct buf *out)
{
    while (q->at < q->count) {
        struct ephemeral_event *event = &q->events[q->at++];
        struct stream *s = event->stream;

        /* Records come first, so that publishes are seen in order. */
        buf_reset(out);
        if (s != NULL && can_take(s))
            buf_append(out, event->text->text, event->text->size);
        else
            s = NULL;
        ephemeral_text_unref(event->text);
        if (s != NULL && buf_ok(out))
            return s;
        q->dropped++;
    }
    q->at = q->count = 0;
    return NULL;
}

void ephemeral_forget(struct ephemeral *q, const struct stream *s)
{
    for (size_t i = q->at; i < q->count; i++) {
        if (q->events[i].stream == s)
            q->events[i].stream = NULL;
    }
}
