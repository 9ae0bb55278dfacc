/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOPIC_SUBSCRIBER_UUID_H
#define BELFRY_COMMON_TOPIC_SUBSCRIBER_UUID_H

/* The UUID by which Mercure identifies a subscriber. It depends only on the member (a token's
 * subject, or a subscriber's name), so it is the same across reconnects, tabs, edges and restarts
 * (RFC 9562):
 *
 *   a member "urn:uuid:…" in lower case    that UUID
 *   any other                              version 8: 122 bits of a hash with fixed keys
 *
 * The hash is not secret: anyone who guesses a member can compute its UUID. Pure. */

#include "common/base/err.h"
#include "common/base/hash.h"
#include "common/base/slice.h"

#include <stdint.h>

#define SUBSCRIBER_UUID_BYTES 16
#define SUBSCRIBER_UUID_TEXT_SIZE 46 /* "urn:uuid:", 36 characters, NUL */

struct subscriber_uuid {
    unsigned char bytes[SUBSCRIBER_UUID_BYTES];
};

/* Returns the UUID of a member. */
struct subscriber_uuid subscriber_uuid_of(struct slice member);

/* Returns a random UUID (version 4). The key must be secret and random. A number must not be used
 * twice with the same key. */
struct subscriber_uuid subscriber_uuid_random(const struct hash_key *key, uint64_t number);

/* Writes "urn:uuid:…" and a NUL. Returns the text without the NUL. */
struct slice subscriber_uuid_format(const struct subscriber_uuid *s,
                                    char out[SUBSCRIBER_UUID_TEXT_SIZE]);

/* Parses "urn:uuid:…" in upper or lower case (RFC 9562, section 4). ERR_INVALID. */
MUST_CHECK enum err subscriber_uuid_parse(struct slice text, struct subscriber_uuid *out);

#endif
