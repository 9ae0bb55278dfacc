/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_WIRE_RECORD_H
#define BELFRY_COMMON_WIRE_RECORD_H

/* A record of the log: what a publisher sent, and where in the log it is.
 *
 * The edge that accepted the publish encodes its *body* once. The broker stores, broadcasts and
 * replays these bytes unchanged. Offset and time are assigned by the broker and sent next to the
 * body (struct entry). The codec is in common/wire/wire.h. */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* The maximum number of topics of a record: their slices (100 x 16 B = 1.6 kB) fit on the stack.
 * The two dialects of Mercure allow 100 and 1000 matchers. */
#define RECORD_TOPICS_MAX 100

#define RECORD_ID_SIZE_MAX 256   /* bytes of an id given by the publisher */
#define RECORD_TYPE_SIZE_MAX 128 /* bytes of an SSE event name */

enum record_flag {
    RECORD_PRIVATE = 1,   /* only for streams whose token grants one of the topics */
    RECORD_EPHEMERAL = 2, /* never stored, without an offset; sent only to open streams */
    RECORD_IF_LAST = 4,   /* stored only if the first topic's newest record is the one at if_last */
};

struct record {
    uint32_t flags;    /* enum record_flag, or-ed */
    uint64_t origin;   /* incarnation of the edge that accepted the publish */
    uint64_t seq;      /* number of the publish at that edge (pub_seq), from 1 */
    uint32_t retry_ms; /* SSE retry, 0 = none */
    uint16_t topic_count;
    const struct slice *topics; /* 1 .. RECORD_TOPICS_MAX, the first is the canonical one */
    struct slice id;            /* id given by the publisher, or absent */
    struct slice type;          /* SSE event name, or absent */
    struct slice data;          /* UTF-8 */
    /* lifetime, after which the record is neither replayed nor listed; 0 = unlimited */
    uint64_t ttl_ms;
    uint64_t if_last; /* with RECORD_IF_LAST: an offset; 0 = the topic must not have a record */
    uint16_t group;   /* number of following records of the same group; all are stored, or none */
};

/* A record in the log. */
struct entry {
    uint64_t offset;
    uint64_t time_ms; /* Unix time, milliseconds; never decreases along the log */
    struct slice body;
};

/* Checks a record; edges call it before they publish, the broker before it stores. Rejects invalid,
 * repeated or too many topics; an id or type that is too long, is not UTF-8 or contains CR, LF or
 * NUL; and data that is not UTF-8. The edge, which knows the epoch, also rejects ids that look like
 * event ids of the log. Returns ERR_INVALID, ERR_TOO_LARGE or ERR_TOO_MANY; *out_field is then the
 * static name of the field ("topic", "id", "type" or "data"). */
MUST_CHECK enum err record_check(const struct record *record, const char **out_field);

/* Returns whether a record of this time (Unix milliseconds) and ttl has expired: whether the end of
 * its lifetime, rounded up to whole seconds, is before `now_s`. A ttl of 0 never ends. */
bool record_expired(uint64_t time_ms, uint64_t ttl_ms, uint64_t now_s);

#endif
