/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_INBOX_H
#define BELFRY_EDGE_STATE_INBOX_H

/* The inbox: what comes down from the broker on its way into the tail. It finds holes: a batch that does not
 * follow the head is kept aside (up to a limit in bytes; beyond it batches are dropped and fetched too), and
 * what is missing is asked for. Nothing past a hole reaches the tail, and so no stream. */

#include "common/wire/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kept; /* an entry with its bytes */

struct inbox {
    uint64_t dropped;    /* records that were not kept, since the start: they are fetched */
    uint64_t known_head; /* the newest offset that the broker has told of */
    uint64_t limit;      /* bytes kept */
    uint64_t bytes;
    struct kept *first; /* ascending offsets, all after the hole */
    struct kept *last;
};

void inbox_init(struct inbox *i, uint64_t limit);

/* Drops everything; the log's head is not known to be beyond `head`. */
void inbox_reset(struct inbox *i, uint64_t head);

/* The broker has told of an offset. */
void inbox_raise_head(struct inbox *i, uint64_t head);

/* Asserts the invariants. */
void inbox_check(const struct inbox *i);

/* Keeps an entry that lies behind a hole. Dropped when there is no room, or when it came before. */
void inbox_keep(struct inbox *i, const struct entry *entry);

/* The kept entry with the offset head + 1, or NULL. Older ones are dropped. It stays valid until the next
 * call. */
const struct entry *inbox_take(struct inbox *i, uint64_t head);

/* The hole after `head`: false when there is none, otherwise *out_until is its last offset. */
bool inbox_hole(const struct inbox *i, uint64_t head, uint64_t *out_until);

#endif
