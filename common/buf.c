/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/buf.h"

#include "common/mem.h"

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

void buf_reset(struct buf *b)
{
    b->size = 0;
    b->failed = false;
}

void buf_consume(struct buf *b, size_t n)
{
    if (n < b->size)
        memmove(b->data, b->data + n, b->size - n);
    b->size -= n;
}

char *buf_reserve(struct buf *b, size_t size)
{
    size_t capacity = b->capacity < 64 ? 64 : b->capacity;
    char *data;

    if (b->failed)
        return NULL;
    if (size > b->limit - b->size) {
        b->failed = true;
        return NULL;
    }
    if (b->capacity - b->size >= size)
        return b->data + b->size;
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

void buf_append(struct buf *b, const void *data, size_t size)
{
    char *room = buf_reserve(b, size);

    if (room == NULL || size == 0)
        return;
    memcpy(room, data, size);
    b->size += size;
}

void buf_slice(struct buf *b, struct slice s)
{
    buf_append(b, s.data, s.size);
}

void buf_str(struct buf *b, const char *text)
{
    buf_append(b, text, strlen(text));
}

void buf_char(struct buf *b, char c)
{
    buf_append(b, &c, 1);
}

void buf_u64(struct buf *b, uint64_t number)
{
    char digits[20]; /* 2^64 - 1 has 20 digits */
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    buf_append(b, digits + at, sizeof digits - at);
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

void buf_json_string(struct buf *b, struct slice text)
{
    static const char hex[] = "0123456789abcdef";

    buf_char(b, '"');
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];

        if (c == '"' || c == '\\') {
            buf_char(b, '\\');
            buf_char(b, (char)c);
        } else if (c == '\n') {
            buf_str(b, "\\n");
        } else if (c < 0x20 || c == 0x7f) {
            char escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
            buf_append(b, escape, sizeof escape);
        } else {
            buf_char(b, (char)c);
        }
    }
    buf_char(b, '"');
}
