/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/access/token_cache.h"

#include "common/base/mem.h"
#include "common/token/token.h"

#include <assert.h>
#include <stdlib.h>
#include <uthash.h>

struct token_cache_entry {
    UT_hash_handle hh;
    struct list link; /* in `recent` */
    struct grants *grants;
    size_t bytes;
    size_t size;
    char token[];
};

#define BUCKET_BYTES 32 /* an entry's share of the table's buckets */

static size_t cost(struct slice token, const struct grants *grants)
{
    return sizeof(struct token_cache_entry) + BUCKET_BYTES + token.size + grants->bytes;
}

void token_cache_init(struct token_cache *c, const struct hash_key *key, uint64_t leeway_ms,
                      size_t limit)
{
    *c = (struct token_cache){.key = *key, .leeway_ms = leeway_ms, .limit = limit};
    list_init(&c->recent);
}

static void drop(struct token_cache *c, struct token_cache_entry *entry)
{
    assert(c->table != NULL && c->count > 0 && c->bytes >= entry->bytes);
    c->count--;
    c->bytes -= entry->bytes;
    HASH_DELETE(hh, c->table, entry);
    list_remove(&entry->link);
    grants_unref(entry->grants);
    mem_free(entry);
}

static struct token_cache_entry *oldest(struct token_cache *c)
{
    return LIST_ENTRY(c->recent.next, struct token_cache_entry, link);
}

void token_cache_clear(struct token_cache *c)
{
    while (!list_empty(&c->recent))
        drop(c, oldest(c));
    assert(c->count == 0 && c->bytes == 0);
}

static struct token_cache_entry *look_up(struct token_cache *c, struct slice token, unsigned hash)
{
    struct token_cache_entry *entry;

    HASH_FIND_BYHASHVALUE(hh, c->table, token.data, token.size, hash, entry);
    return entry;
}

struct grants *token_cache_find(struct token_cache *c, uint64_t now_ms, struct slice token)
{
    struct token_cache_entry *entry = look_up(c, token, (unsigned)hash_bytes(&c->key, token));

    if (entry != NULL && token_expired(entry->grants->exp_ms, c->leeway_ms, now_ms)) {
        drop(c, entry);
        entry = NULL;
    }
    if (entry == NULL) {
        c->misses++;
        return NULL;
    }
    c->hits++;
    list_remove(&entry->link);
    list_push(&c->recent, &entry->link);
    return entry->grants;
}

void token_cache_put(struct token_cache *c, struct slice token, struct grants *grants)
{
    unsigned hash = (unsigned)hash_bytes(&c->key, token);
    struct token_cache_entry *entry = look_up(c, token, hash);
    size_t bytes = cost(token, grants);

    if (bytes > c->limit)
        return;
    if (entry != NULL && entry->grants == grants)
        return;
    if (entry != NULL)
        drop(c, entry);
    entry = mem_try(sizeof *entry + token.size);
    if (entry == NULL)
        return;
    while (c->bytes > c->limit - bytes) {
        drop(c, oldest(c));
        c->evicted++;
    }
    entry->grants = grants_ref(grants);
    entry->bytes = bytes;
    entry->size = token.size;
    memcpy(entry->token, token.data, token.size);
    list_init(&entry->link);
    list_push(&c->recent, &entry->link);
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, c->table, entry->token, entry->size, hash, entry);
    c->count++;
    c->bytes += bytes;
}
