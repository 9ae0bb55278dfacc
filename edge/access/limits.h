/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_ACCESS_LIMITS_H
#define BELFRY_EDGE_ACCESS_LIMITS_H

/* Limits each client's open streams, and the records that it publishes per second. A client is
 * counted by its address and by the subject of its token. A limit of 0 means unlimited, and costs
 * nothing. Pure. */

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
    uint32_t publish_burst;  /* records at once; 0 = ten seconds' worth */
    uint32_t ephemeral_rate; /* rate of records that are not stored */
};

/* A client. The address is that of address_client(); without a subject only the address counts. */
struct limits_client {
    struct address address;
    struct slice subject;
};

struct limits;

/* Creates the limits. ERR_INVALID: a rate or burst beyond RATE_LIMITER_RATE_MAX. ERR_NO_MEMORY. */
MUST_CHECK enum err limits_create(const struct limits_config *config, const struct hash_key *key,
                                  struct limits **out);

/* Frees the limits. All leases must have been released. NULL is allowed. */
void limits_destroy(struct limits *l);

/* Returns whether the configuration has any limit. */
bool limits_wanted(const struct limits_config *config);

/* Counts a record. Returns false if the client may not publish it now; *out_wait_ms is then the
 * time to wait. */
bool limits_publish(struct limits *l, uint64_t now_ms, const struct limits_client *client,
                    bool ephemeral, uint64_t *out_wait_ms);

/* Number of times that each limit was reached, since the start. */
struct limits_hits {
    uint64_t address_streams;
    uint64_t subject_streams;
    uint64_t address_publishes;
    uint64_t subject_publishes;
    uint64_t address_ephemerals;
    uint64_t subject_ephemerals;
};

/* Returns the numbers. If `l` is NULL, all are 0. */
struct limits_hits limits_hits(const struct limits *l);

/* The share of the limits that an open stream takes, until it is released. */
struct limits_lease;

/* Counts a stream. Returns false if the client has the maximum number. Otherwise *out_lease must be
 * released when the stream ends; it is NULL if nothing is counted. */
bool limits_stream(struct limits *l, const struct limits_client *client,
                   struct limits_lease **out_lease);

/* Releases a lease. NULL is allowed. */
void limits_release(struct limits *l, struct limits_lease *lease);

#endif
