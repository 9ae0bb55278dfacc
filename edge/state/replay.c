/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/replay.h"

#include "common/base/mem.h"

#include <assert.h>

/* A page's bodies are bounded by edge_config.replay_bytes and one record's size; a line of data
 * that is only a newline grows from 1 byte to 7 ("data: \n"). */
#define PAGE_SIZE_MAX (64u << 20)

struct replay *replay_create(struct stream *s)
{
    struct replay *r = mem_alloc(sizeof *r);

    r->stream = s;
    list_init(&r->held);
    buf_init(&r->bytes, PAGE_SIZE_MAX);
    return r;
}

void replay_destroy(struct replay *r)
{
    if (r == NULL)
        return;
    replay_drop_page(r);
    mem_free(r);
}

void replay_drop_page(struct replay *r)
{
    list_remove(&r->held);
    buf_clear(&r->bytes);
    mem_free(r->records);
    r->records = NULL;
    r->at = r->count = r->index = 0;
}

bool replay_advance(struct replay *r, size_t bytes)
{
    struct stream *s = r->stream;

    assert(replay_has_page(r) && bytes <= r->bytes.size - r->at);
    r->at += bytes;
    while (r->index < r->count && r->records[r->index].end <= r->at) {
        s->cursor = s->last_id = r->records[r->index].offset;
        s->sent = 0;
        bytes = r->at - r->records[r->index].end;
        r->index++;
    }
    if (r->index == r->count) {
        if (r->next > s->cursor)
            s->cursor = r->next;
        replay_drop_page(r);
        return true;
    }
    s->sent += (uint32_t)bytes;
    s->cursor = r->records[r->index].offset - 1;
    return false;
}
