/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/journal/posting_list.h"

#include <assert.h>

#define VARINT_SIZE 5 /* 32 bits in groups of 7 */

void posting_list_encode(struct buf *out, const uint32_t *positions, size_t count)
{
    uint32_t next = 0;

    for (size_t i = 0; i < count; i++) {
        uint32_t gap = positions[i] - next;
        assert(positions[i] >= next);
        while (gap >= 0x80) {
            buf_char(out, (char)(unsigned char)(0x80 | (gap & 0x7f)));
            gap >>= 7;
        }
        buf_char(out, (char)gap);
        next = positions[i] + 1;
    }
}

struct posting_list_cursor posting_list_decode(struct slice bytes)
{
    return (struct posting_list_cursor){.rest = bytes};
}

bool posting_list_next(struct posting_list_cursor *cursor, uint32_t *out)
{
    uint64_t gap = 0;
    size_t i = 0;

    if (cursor->rest.size == 0 || cursor->damaged)
        return false;
    for (;;) {
        unsigned char byte = (unsigned char)cursor->rest.data[i];
        gap |= (uint64_t)(byte & 0x7f) << (7 * i);
        i++;
        if ((byte & 0x80) == 0)
            break;
        if (i == VARINT_SIZE || i == cursor->rest.size) {
            cursor->damaged = true;
            return false;
        }
    }
    if (gap + cursor->next > UINT32_MAX) {
        cursor->damaged = true;
        return false;
    }
    *out = (uint32_t)(gap + cursor->next);
    cursor->next = (uint64_t)*out + 1;
    cursor->rest = slice_of(cursor->rest.data + i, cursor->rest.size - i);
    return true;
}
