/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_WIRE_RECORD_H
#define BELFRY_COMMON_WIRE_RECORD_H

/* A record: what a publisher said, once it has a place in the log.
 *
 * Its *body* is encoded once, by the edge that took the publish, and these bytes are what the
 * broker stores, broadcasts and sends again: they never change. Offset and time are the broker's
 * and travel beside the body (struct entry). The codec is in common/wire/wire.h. */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdint.h>

/* Mercure's dialects allow 100 and 1000 matchers; 100 topics keep a decoded record on the stack
 * (100 x 16 B = 1.6 kB). */
#define RECORD_TOPICS_MAX 100

#define RECORD_ID_SIZE_MAX 256   /* bytes of a publisher-given id */
#define RECORD_TYPE_SIZE_MAX 128 /* bytes of an SSE event name */

enum record_flag {
    RECORD_PRIVATE = 1,   /* only for streams whose token grants one of the topics */
    RECORD_EPHEMERAL = 2, /* never stored, has no offset: for those who listen now */
    RECORD_IF_LAST = 4,   /* stored only when if_last is the first topic's last record */
};

struct record {
    uint32_t flags;    /* enum record_flag, or-ed */
    uint64_t origin;   /* incarnation of the edge that took the publish */
    uint64_t seq;      /* its number there (pub_seq), from 1 */
    uint32_t retry_ms; /* SSE retry, 0 = none */
    uint16_t topic_count;
    const struct slice *topics; /* 1 .. RECORD_TOPICS_MAX, the first is the canonical one */
    struct slice id;            /* publisher-given id, or absent */
    struct slice type;          /* SSE event name, or absent */
    struct slice data;          /* UTF-8 */
    uint64_t ttl_ms;            /* after that it is neither replayed nor listed; 0 = never */
    uint64_t if_last; /* with RECORD_IF_LAST: an offset, 0 = the topic must have no record */
    uint16_t group;   /* so many records after this one belong to it: all are stored or none */
};

/* A record in the log. */
struct entry {
    uint64_t offset;
    uint64_t time_ms; /* Unix time, milliseconds; never decreases along the log */
    struct slice body;
};

/* What an edge refuses to publish and a broker to store, whoever asks: a topic that is none, too
 * many of them or the same twice, an id or type that is too long, not UTF-8 or has a CR, LF or NUL,
 * data that is not UTF-8. (That an id is not one of the log's own, the edge looks at: it knows the
 * epoch.) ERR_INVALID, ERR_TOO_LARGE, ERR_TOO_MANY; *out_field then names the field ("topic", "id",
 * "type", "data"), a string that lives for ever. */
MUST_CHECK enum err record_check(const struct record *record, const char **out_field);

#endif
