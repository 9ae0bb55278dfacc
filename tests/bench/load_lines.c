/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Parses what a stream has read into lines, events and messages. */

/* memmem() */
#define _GNU_SOURCE

#include "load.h"

#include <string.h>

static uint64_t parse_hex(const char *text, int digits)
{
    uint64_t value = 0;
    for (int i = 0; i < digits; i++) {
        unsigned char c = (unsigned char)text[i];
        value = value << 4 | (c >= 'a' ? c - 'a' + 10u : c - (unsigned)'0');
    }
    return value;
}

static void record_latency(struct load *l, const struct stream *s, uint64_t now)
{
    uint64_t taken = now > s->time ? now - s->time : 0;
    histogram_add(&l->delivery, taken);
    if (!l->progress)
        return;
    struct progress *p =
        &l->progress[(size_t)s->topic * LOAD_PROGRESS_SIZE + s->number % LOAD_PROGRESS_SIZE];
    if (p->delivered == 0 || p->number != s->number) {
        *p = (struct progress){.number = s->number};
        histogram_add(&l->first, taken);
    }
    if (++p->delivered == l->topics[s->topic].streams)
        histogram_add(&l->last, taken);
}

static void deliver(struct load *l, struct stream *s, uint64_t now)
{
    s->has_data = false;
    s->delivered++;
    s->sum += s->number;
    s->order = (s->order ^ s->number) * UINT64_C(0x9e3779b97f4a7c15);
    l->delivered++;
    if (l->recording)
        record_latency(l, s, now);
}

/* Old messages arrive in the order in which one connection published them. */
static void deliver_behind(struct load *l, struct stream *s)
{
    struct behind *b = &l->behind;
    s->has_data = false;
    if (s->number != b->next && b->next < l->settings.behind)
        l->broken = "the reader of old messages missed messages, or got them in a different order";
    b->next++;
    if (b->next <= l->settings.behind)
        b->records++;
}

static void take_id(struct load *l, const struct stream *s, const char *id, size_t size)
{
    if (!l->ids || s->kind != WATCHED_STREAM || size >= LOAD_ID_SIZE)
        return;
    char *pending = l->ids[s - l->streams].pending;
    memcpy(pending, id, size);
    pending[size] = '\0';
}

/* Handles the empty line that ends an event. Only a complete event's id counts. */
static void end_event(struct load *l, struct stream *s, uint64_t now)
{
    if (l->ids && s->kind == WATCHED_STREAM) {
        struct stream_id *id = &l->ids[s - l->streams];
        memcpy(id->last, id->pending, sizeof id->last);
    }
    if (!s->has_data)
        return;
    if (s->kind == WATCHED_STREAM)
        deliver(l, s, now);
    else
        deliver_behind(l, s);
}

static void take_line(struct load *l, struct stream *s, const char *line, size_t length,
                      uint64_t now)
{
    if (length && line[length - 1] == '\r')
        length--;
    if (length == 0) {
        end_event(l, s, now);
    } else if (line[0] == 'i' && length > 4 && memcmp(line, "id: ", 4) == 0) {
        take_id(l, s, line + 4, length - 4);
    } else if (line[0] == 'd' && length >= 6 + LOAD_DATA_MIN && memcmp(line, "data: ", 6) == 0) {
        s->time = parse_hex(line + 6, 16);
        s->number = (uint32_t)parse_hex(line + 22, 8);
        s->has_data = true;
    }
}

/* Parses the response head. Returns the start of the body, or NULL if the head is incomplete. */
static const char *take_head(struct load *l, struct stream *s, const char *bytes, size_t size)
{
    const char *end = memmem(bytes, size, "\r\n\r\n", 4);
    if (!end)
        return NULL;
    if (size < 12 || memcmp(bytes, "HTTP/1.", 7) != 0 || memcmp(bytes + 8, " 200", 4) != 0)
        l->broken = "the response to a stream's request was not 200";
    s->live = true;
    if (s->kind == WATCHED_STREAM)
        l->live++;
    return end + 4;
}

size_t stream_take(struct load *l, struct stream *s, const char *bytes, size_t size)
{
    const char *at = bytes;
    const char *end = bytes + size;
    if (!s->live && !(at = take_head(l, s, at, size)))
        return size;
    uint64_t now = clock_now_ns();
    const char *newline;
    while (at < end && (newline = memchr(at, '\n', (size_t)(end - at)))) {
        take_line(l, s, at, (size_t)(newline - at), now);
        at = newline + 1;
    }
    return (size_t)(end - at);
}
