/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_JOURNAL_TOPIC_IDS_H
#define BELFRY_BROKER_JOURNAL_TOPIC_IDS_H

/* A set of topic names that gives each new name the next number, from 0 on. It keeps copies of the
 * names. Its users keep the data of a topic in an array, at the topic's number.
 *
 * The hash is keyed, since clients choose the names. Pure. */

#include "common/base/err.h"
#include "common/base/hash.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct topic_name {
    struct slice text;
    uint64_t hash;
};

struct topic_ids_chunk;

struct topic_ids {
    struct hash_key key;
    struct topic_name *list; /* names by number */
    size_t count;
    size_t capacity;
    uint32_t *slots; /* hash table with open addressing: number + 1, or 0 = empty */
    size_t slot_count;
    struct topic_ids_chunk *chunks; /* the texts */
    size_t memory;                  /* bytes allocated in total */
};

void topic_ids_init(struct topic_ids *n, const struct hash_key *key);
void topic_ids_clear(struct topic_ids *n);

/* Removes the names and keeps the memory of the tables. */
void topic_ids_reset(struct topic_ids *n);

/* Returns the number of a name in *out, and adds the name if it is new. ERR_NO_MEMORY. */
MUST_CHECK enum err topic_ids_add(struct topic_ids *n, struct slice text, uint32_t *out);

/* Returns false if the set does not have the name. */
bool topic_ids_find(const struct topic_ids *n, struct slice text, uint32_t *out);

#endif
