/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_BASE_BUF_H
#define BELFRY_COMMON_BASE_BUF_H

/* A growing buffer of owned bytes, with a hard limit. A write beyond the limit, or without memory,
 * sets `failed`; later writes then do nothing. So write a complete message, then check buf_ok().
 *
 * The struct may be embedded: call buf_init() first and buf_clear() last. */

#include "common/base/slice.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
    char *data;
    size_t size;     /* bytes written */
    size_t capacity; /* bytes allocated */
    size_t limit;    /* size never exceeds this */
    bool failed;     /* a write did not fit; the content is incomplete */
};

void buf_init(struct buf *b, size_t limit);

/* Frees the bytes; the buffer is as after buf_init(). */
void buf_clear(struct buf *b);

/* Drops the content and the failure; keeps the memory. */
static inline void buf_reset(struct buf *b)
{
    b->size = 0;
    b->failed = false;
}

/* Drops the first `n` bytes; n <= b->size. */
void buf_consume(struct buf *b, size_t n);

static inline void buf_append(struct buf *b, const void *data, size_t size);
static inline void buf_slice(struct buf *b, struct slice s);
static inline void buf_str(struct buf *b, const char *text);
static inline void buf_char(struct buf *b, char c);
void buf_u64(struct buf *b, uint64_t number); /* decimal */

/* Appends formatted text. The limit must leave room for one byte more, the NUL of vsnprintf(). */
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends a JSON string with its quotes (RFC 8259, section 7). The text must be UTF-8. */
void buf_json_string(struct buf *b, struct slice text);

/* Returns room for `size` bytes. The caller fills it, and adds the number of bytes written to
 * b->size. Returns NULL and sets `failed` if they do not fit. */
static inline char *buf_reserve(struct buf *b, size_t size);

static inline bool buf_ok(const struct buf *b)
{
    return !b->failed;
}

static inline struct slice buf_all(const struct buf *b)
{
    return (struct slice){b->data, b->size};
}

/* ---- inline, since encoding a publish appends about a hundred times ---- */

/* Gets more memory for buf_reserve(), or sets `failed`. */
char *buf_grow(struct buf *b, size_t size);

static inline char *buf_reserve(struct buf *b, size_t size)
{
    if (b->capacity - b->size >= size && b->limit - b->size >= size && !b->failed)
        return b->data + b->size;
    return buf_grow(b, size);
}

static inline void buf_append(struct buf *b, const void *data, size_t size)
{
    char *room = size == 0 ? NULL : buf_reserve(b, size);

    if (room == NULL)
        return;
    memcpy(room, data, size);
    b->size += size;
}

static inline void buf_slice(struct buf *b, struct slice s)
{
    if (s.data != NULL)
        buf_append(b, s.data, s.size);
}

static inline void buf_str(struct buf *b, const char *text)
{
    buf_append(b, text, strlen(text));
}

static inline void buf_char(struct buf *b, char c)
{
    buf_append(b, &c, 1);
}

#endif
