/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_INBOX_H
#define BELFRY_EDGE_STATE_INBOX_H

/* The inbox: records from the broker on their way into the tail. It detects holes: a batch that
 * does not follow the head is kept aside (up to a limit in bytes; further batches are dropped
 * and fetched too), and the missing records are fetched. Nothing past a hole reaches the tail,
 * so no stream gets it. */

#include "common/wire/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kept; /* an entry with its bytes */

struct inbox {
    uint64_t dropped; /* number of records that were not kept, since the start; they are fetched */
    uint64_t known_head; /* newest offset that the broker has reported */
    uint64_t limit;      /* maximum number of bytes kept */
    uint64_t bytes;      /* number of bytes kept, with their bookkeeping */
    struct kept *first;  /* in ascending order of offsets, all behind the hole */
    struct kept *last;
};

void inbox_init(struct inbox *i, uint64_t limit);

/* Drops all kept entries, and sets the newest known offset, even to a lower one. */
void inbox_reset(struct inbox *i, uint64_t head);

/* Takes an offset that the broker has reported: raises `known_head` if it is newer. */
void inbox_raise_head(struct inbox *i, uint64_t head);

/* Asserts the invariants. */
void inbox_check(const struct inbox *i);

/* Keeps an entry that lies behind a hole. Drops it when there is no room, or when it is not newer
 * than the last kept one. */
void inbox_keep(struct inbox *i, const struct entry *entry);

/* Returns the kept entry with the offset head + 1, or NULL. Frees the entries up to `head`. The
 * returned entry stays in the inbox, and is valid until the next call. */
const struct entry *inbox_take(struct inbox *i, uint64_t head);

/* Finds the hole after `head`. Returns false when there is none; otherwise *out_until is its
 * last offset. */
bool inbox_hole(const struct inbox *i, uint64_t head, uint64_t *out_until);

#endif
