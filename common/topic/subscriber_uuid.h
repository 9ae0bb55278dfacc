/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOPIC_SUBSCRIBER_UUID_H
#define BELFRY_COMMON_TOPIC_SUBSCRIBER_UUID_H

/* A subscriber: what Mercure calls a member (a token's subject, a listener's name). It is a UUID
 * (RFC 9562) that follows from the member alone, so it is the same over reconnects, tabs, edges and
 * restarts:
 *
 *   a member "urn:uuid:…" in lower case    that UUID
 *   any other                              version 8: 122 bits of a hash with fixed keys
 *
 * The hash is no secret: who guesses a member can tell its subscriber. Pure. */

#include "common/base/err.h"
#include "common/base/hash.h"
#include "common/base/slice.h"

#include <stdint.h>

#define SUBSCRIBER_UUID_BYTES 16
#define SUBSCRIBER_UUID_TEXT_SIZE 46 /* "urn:uuid:", 36 characters, NUL */

struct subscriber_uuid {
    unsigned char bytes[SUBSCRIBER_UUID_BYTES];
};

struct subscriber_uuid subscriber_uuid_of(struct slice member);

/* One of version 4. The key is secret and random, and `number` never the same with it. */
struct subscriber_uuid subscriber_uuid_random(const struct hash_key *key, uint64_t number);

/* Writes "urn:uuid:…" with a NUL; returns it without. */
struct slice subscriber_uuid_format(const struct subscriber_uuid *s,
                                    char out[SUBSCRIBER_UUID_TEXT_SIZE]);

/* Takes "urn:uuid:…", in any case (RFC 9562, 4). ERR_INVALID. */
MUST_CHECK enum err subscriber_uuid_parse(struct slice text, struct subscriber_uuid *out);

#endif
