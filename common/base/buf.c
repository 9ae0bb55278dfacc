/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/base/buf.h"

#include "common/base/mem.h"
#include "common/base/number.h"

#include <assert.h>
#include <stdio.h>

void buf_init(struct buf *b, size_t limit)
{
    *b = (struct buf){.limit = limit};
}

void buf_clear(struct buf *b)
{
    mem_free(b->data);
    buf_init(b, b->limit);
}

void buf_consume(struct buf *b, size_t n)
{
    assert(n <= b->size);
    if (n < b->size)
        memmove(b->data, b->data + n, b->size - n);
    b->size -= n;
}

char *buf_grow(struct buf *b, size_t size)
{
    size_t capacity = b->capacity < 256 ? 256 : b->capacity;
    char *data;

    if (b->failed)
        return NULL;
    if (size > b->limit - b->size) {
        b->failed = true;
        return NULL;
    }
    while (capacity - b->size < size)
        capacity = capacity > b->limit / 2 ? b->limit : capacity * 2;
    data = mem_try_resize(b->data, capacity);
    if (data == NULL) {
        b->failed = true;
        return NULL;
    }
    b->data = data;
    b->capacity = capacity;
    return b->data + b->size;
}

void buf_u64(struct buf *b, uint64_t number)
{
    char room[NUMBER_DIGITS];

    buf_slice(b, number_digits(number, room));
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    char *room;
    int size;

    va_start(args, format);
    size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (size < 0) {
        b->failed = true;
        return;
    }
    room = buf_reserve(b, (size_t)size + 1);
    if (room == NULL)
        return;
    va_start(args, format);
    (void)vsnprintf(room, (size_t)size + 1, format, args);
    va_end(args);
    b->size += (size_t)size;
}

/* Returns true if a JSON string may contain the character unescaped. */
static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != 0x7f && c != '"' && c != '\\';
}

static void put_escaped(struct buf *b, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    const char escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
    const char short_escape[2] = {'\\', (char)(c == '\n' ? 'n' : c)};

    if (c == '"' || c == '\\' || c == '\n')
        buf_append(b, short_escape, sizeof short_escape);
    else
        buf_append(b, escape, sizeof escape);
}

void buf_json_string(struct buf *b, struct slice text)
{
    size_t at = 0;

    buf_char(b, '"');
    while (at < text.size) {
        size_t begin = at;

        while (at < text.size && is_plain((unsigned char)text.data[at]))
            at++;
        buf_append(b, text.data + begin, at - begin);
        if (at < text.size)
            put_escaped(b, (unsigned char)text.data[at++]);
    }
    buf_char(b, '"');
}
