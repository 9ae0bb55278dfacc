/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_ACCESS_LIMITS_H
#define BELFRY_EDGE_ACCESS_LIMITS_H

/* How much one client may do: streams that are open at once, and publishes per second, by its address and by
 * the subject of its token. Pure. A limit of 0 is none, and costs nothing. */

#include "common/base/err.h"
#include "common/base/hash.h"
#include "common/base/slice.h"
#include "common/http/address.h"
#include "common/http/rate_limiter.h"

#include <stdbool.h>
#include <stdint.h>

struct limits_config {
    uint32_t address_streams;
    uint32_t subject_streams;
    uint32_t publish_rate;   /* records per second, for each address and each subject */
    uint32_t publish_burst;  /* so many at once; 0 = ten seconds' worth */
    uint32_t ephemeral_rate; /* the same for records that are not stored */
};

/* Who asks. The address is that of address_client(); without a subject only the address counts. */
struct limits_client {
    struct address address;
    struct slice subject;
};

struct limits;

/* ERR_INVALID: a rate or burst beyond RATE_LIMITER_RATE_MAX. ERR_NO_MEMORY. */
MUST_CHECK enum err limits_create(const struct limits_config *config, const struct hash_key *key,
                                  struct limits **out);
void limits_destroy(struct limits *l); /* takes NULL; all leases must be back */

/* Whether anything is limited at all. */
bool limits_wanted(const struct limits_config *config);

/* Whether the client may publish one more record now. *out_wait_ms: when it may, if not. */
bool limits_publish(struct limits *l, uint64_t now_ms, const struct limits_client *client,
                    bool ephemeral, uint64_t *out_wait_ms);

/* How often each limit was in the way, since the start. */
struct limits_hits {
    uint64_t address_streams;
    uint64_t subject_streams;
    uint64_t address_publishes;
    uint64_t subject_publishes;
    uint64_t address_ephemerals;
    uint64_t subject_ephemerals;
};

/* `l` may be NULL: none. */
struct limits_hits limits_hits(const struct limits *l);

/* What an open stream counts for. */
struct limits_lease;

/* Counts a stream: true, and *out_lease is to be given back when it ends (NULL when nothing is counted).
 * False: the client has as many as it may. */
bool limits_stream(struct limits *l, const struct limits_client *client,
                   struct limits_lease **out_lease);
void limits_release(struct limits *l, struct limits_lease *lease); /* takes NULL */

#endif
