/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/access/limits.h"

#include "common/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <uthash.h>

/* Maximum number of clients in a table of rates: 36 bytes each, 2.3 MiB per table. */
#define CLIENTS_MAX 65536

#define BURST_SECS 10

enum { BY_ADDRESS, BY_SUBJECT, SCOPES };

/* The open streams of one address or subject. The table has a tally while there are any. */
struct tally {
    UT_hash_handle hh;
    uint64_t
        hash; /* the key: keyed hash of the address or subject, as in common/http/rate_limiter.h */
    uint32_t streams;
};

struct limits_lease {
    struct tally *tallies[SCOPES];
};

/* The rate limiters of one kind of record: one per scope. */
struct rate {
    bool on;
    struct rate_limiter buckets[SCOPES];
};

struct limits {
    struct limits_config config;
    struct hash_key key;
    struct tally *tallies[SCOPES];
    struct rate stored;
    struct rate ephemeral;
    uint64_t stream_hits[SCOPES];
    uint64_t publish_hits[SCOPES];
    uint64_t ephemeral_hits[SCOPES];
};

static enum err init_rate(struct rate *rate, uint32_t per_second, uint32_t burst,
                          const struct hash_key *key)
{
    enum err err;

    if (per_second == 0)
        return OK;
    if (burst == 0)
        burst =
            per_second > RATE_LIMITER_BURST_MAX / BURST_SECS ? per_second : per_second * BURST_SECS;
    err = rate_limiter_init(&rate->buckets[BY_ADDRESS], CLIENTS_MAX, per_second, burst, key);
    if (err != OK)
        return err;
    err = rate_limiter_init(&rate->buckets[BY_SUBJECT], CLIENTS_MAX, per_second, burst, key);
    if (err == OK)
        rate->on = true;
    else
        rate_limiter_clear(&rate->buckets[BY_ADDRESS]);
    return err;
}

static void clear_rate(struct rate *rate)
{
    for (size_t i = 0; i < SCOPES && rate->on; i++)
        rate_limiter_clear(&rate->buckets[i]);
}

enum err limits_create(const struct limits_config *config, const struct hash_key *key,
                       struct limits **out)
{
    struct limits *l = mem_alloc(sizeof *l);
    enum err err;

    l->config = *config;
    l->key = *key;
    err = init_rate(&l->stored, config->publish_rate, config->publish_burst, key);
    if (err == OK)
        err = init_rate(&l->ephemeral, config->ephemeral_rate, 0, key);
    if (err == OK)
        *out = l;
    else
        limits_destroy(l);
    return err;
}

bool limits_wanted(const struct limits_config *config)
{
    return config->address_streams > 0 || config->subject_streams > 0 || config->publish_rate > 0 ||
           config->ephemeral_rate > 0;
}

void limits_destroy(struct limits *l)
{
    if (l == NULL)
        return;
    for (size_t i = 0; i < SCOPES; i++)
        assert(l->tallies[i] == NULL);
    clear_rate(&l->stored);
    clear_rate(&l->ephemeral);
    mem_free(l);
}

static struct slice key_of(const struct limits_client *client, int scope)
{
    return scope == BY_SUBJECT ? client->subject
                               : slice_of(client->address.bytes, sizeof client->address.bytes);
}

/* ---- rates ---- */

bool limits_publish(struct limits *l, uint64_t now_ms, const struct limits_client *client,
                    bool ephemeral, uint64_t *out_wait_ms)
{
    struct rate *rate = ephemeral ? &l->ephemeral : &l->stored;

    for (int scope = 0; scope < SCOPES && rate->on; scope++) {
        struct slice key = key_of(client, scope);

        if (key.size > 0 &&
            !rate_limiter_take(&rate->buckets[scope], key, now_ms, 1, out_wait_ms)) {
            (ephemeral ? l->ephemeral_hits : l->publish_hits)[scope]++;
            return false;
        }
    }
    return true;
}

struct limits_hits limits_hits(const struct limits *l)
{
    if (l == NULL)
        return (struct limits_hits){.address_streams = 0};
    return (struct limits_hits){
        .address_streams = l->stream_hits[BY_ADDRESS],
        .subject_streams = l->stream_hits[BY_SUBJECT],
        .address_publishes = l->publish_hits[BY_ADDRESS],
        .subject_publishes = l->publish_hits[BY_SUBJECT],
        .address_ephemerals = l->ephemeral_hits[BY_ADDRESS],
        .subject_ephemerals = l->ephemeral_hits[BY_SUBJECT],
    };
}

/* ---- streams ---- */

static uint32_t streams_max(const struct limits *l, int scope)
{
    return scope == BY_SUBJECT ? l->config.subject_streams : l->config.address_streams;
}

/* Adds a stream to the client's tally. Returns NULL if it has the maximum number. */
static struct tally *count(struct limits *l, struct slice key, int scope)
{
    uint64_t hash = hash_bytes(&l->key, key);
    struct tally *t;

    HASH_FIND(hh, l->tallies[scope], &hash, sizeof hash, t);
    if (t == NULL) {
        t = mem_alloc(sizeof *t);
        t->hash = hash;
        HASH_ADD(hh, l->tallies[scope], hash, sizeof t->hash, t);
    }
    if (t->streams >= streams_max(l, scope))
        return NULL;
    t->streams++;
    return t;
}

static void discount(struct limits *l, struct tally *t, int scope)
{
    assert(t->streams > 0);
    if (--t->streams > 0)
        return;
    HASH_DEL(l->tallies[scope], t);
    mem_free(t);
}

bool limits_stream(struct limits *l, const struct limits_client *client,
                   struct limits_lease **out_lease)
{
    struct limits_lease *lease = NULL;

    for (int scope = 0; scope < SCOPES; scope++) {
        struct slice key = key_of(client, scope);
        struct tally *t;

        if (streams_max(l, scope) == 0 || key.size == 0)
            continue;
        t = count(l, key, scope);
        if (t == NULL) {
            l->stream_hits[scope]++;
            limits_release(l, lease);
            return false;
        }
        if (lease == NULL)
            lease = mem_alloc(sizeof *lease);
        lease->tallies[scope] = t;
    }
    *out_lease = lease;
    return true;
}

void limits_release(struct limits *l, struct limits_lease *lease)
{
    if (lease == NULL)
        return;
    for (int scope = 0; scope < SCOPES; scope++) {
        if (lease->tallies[scope] != NULL)
            discount(l, lease->tallies[scope], scope);
    }
    mem_free(lease);
}
