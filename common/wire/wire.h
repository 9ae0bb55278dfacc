/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_WIRE_WIRE_H
#define BELFRY_COMMON_WIRE_WIRE_H

/* The frames between edge and broker, and their codec.
 *
 * This is an overview; deploy/docs/protocol.md describes each frame and element. A frame is one
 * ZeroMQ message part: a msgpack array whose first two elements are the version and the type of the
 * frame (one ASCII character as an integer). A reader ignores elements after those it knows, so an
 * older peer can read the frames of a newer one. The version increases only if that does not
 * suffice.
 *
 * publish socket (edge PUB -> broker SUB)
 *   PUBLISH         [1,'P', epoch, incarnation, settled, first_seq, [body, ...]]
 *   EPHEMERAL       [1,'e', epoch, incarnation, [body, ...]]
 *
 * broadcast socket (broker PUB -> edge SUB)
 *   BATCH           [1,'B', epoch, term, [offset, time, body, ...]]
 *   EPHEMERAL_BATCH [1,'E', epoch, term, [body, ...]]
 *   PRESENCE        [1,'v', epoch, term, topic, member, payload, joined, count]
 *   BEACON          [1,'H', epoch, term, head, oldest, [incarnation, accepted, resolved, ...]]
 *   OUTCOME         [1,'O', epoch, term, incarnation, [seq, code, offset, ...]]
 *
 * control socket (edge DEALER <-> broker ROUTER)
 *   HELLO           [1,'h', request, incarnation, name, software, address]
 *   WELCOME         [1,'w', request, code, text, epoch, term, head, oldest,
 *                    topic_records, topic_ms]
 *   READ            [1,'f', request, epoch, after, until, max_bytes, [selector, ...]]
 *   LATEST          [1,'l', request, epoch, count, until, [selector, ...]]
 *   RECORDS         [1,'r', request, code, epoch, next, oldest, head, [offset, time, body, ...]]
 *   PING            [1,'i', incarnation, [metric, ...]]
 *   MEMBERS         [1,'m', incarnation, serial, all, [topic, member, payload, count, ...]]
 *   COMMAND         [1,'a', request, name, [argument, ...]]
 *   REPLY           [1,'A', request, code, text]
 *
 *   body [flags, origin, seq, retry_ms, [topic, ...], id, type, data, ttl_ms, if_last, group]
 *        (the last three only if one of them is set)
 *
 * Frames are not trusted: size, nesting and counts are checked before a frame is unpacked. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/wire/event_id.h"
#include "common/wire/record.h"

#include <stddef.h>
#include <stdint.h>

#define WIRE_VERSION 1

/* The topic of the ephemeral records with which edges measure the round trip to the broker. Clients
 * can neither publish nor subscribe to it. */
#define WIRE_CANARY_TOPIC "belfry.canary"

#define WIRE_FRAME_SIZE_MAX (16u << 20) /* bytes; ZMQ_MAXMSGSIZE on every socket */

/* Maximum number of array elements in a frame. A batch of 65,536 records has three per record. */
#define WIRE_ELEMENTS_MAX 262144u

enum wire_type {
    WIRE_PUBLISH = 'P',
    WIRE_BATCH = 'B',
    WIRE_BEACON = 'H',
    WIRE_OUTCOME = 'O',
    WIRE_HELLO = 'h',
    WIRE_WELCOME = 'w',
    WIRE_READ = 'f',
    WIRE_LATEST = 'l',
    WIRE_RECORDS = 'r',
    WIRE_PING = 'i',
    WIRE_COMMAND = 'a',
    WIRE_REPLY = 'A',
    WIRE_EPHEMERAL = 'e',
    WIRE_EPHEMERAL_BATCH = 'E',
    WIRE_PRESENCE = 'v',
    WIRE_MEMBERS = 'm',
};

struct wire_publish {
    struct epoch epoch;
    uint64_t incarnation;
    uint64_t settled;   /* the edge waits for no publish up to this number */
    uint64_t first_seq; /* number of the first body; the others follow */
    const struct slice *bodies;
    size_t count;
};

struct wire_batch {
    struct epoch epoch;
    uint64_t term;
    const struct entry *entries; /* consecutive offsets */
    size_t count;
};

struct wire_edge_progress {
    uint64_t incarnation;
    uint64_t accepted; /* last publish of the edge that the broker accepted */
    uint64_t resolved; /* the outcome of every publish up to it is known */
};

struct wire_beacon {
    struct epoch epoch;
    uint64_t term;
    uint64_t head;   /* offset of the newest committed record; 0 = empty log */
    uint64_t oldest; /* offset of the oldest record kept; head + 1 = none */
    const struct wire_edge_progress *edges;
    size_t edge_count;
};

struct wire_seq_outcome {
    uint64_t seq;    /* number of the publish */
    enum err code;   /* ERR_DUPLICATE, or the reason for the refusal */
    uint64_t offset; /* offset of the first record with this id; 0 for a refusal */
};

struct wire_outcome {
    struct epoch epoch;
    uint64_t term;
    uint64_t incarnation;
    const struct wire_seq_outcome *outcomes;
    size_t count;
};

struct wire_hello {
    uint64_t request;
    uint64_t incarnation;
    struct slice name;     /* the operator's name for the edge, for example "edge-1" */
    struct slice software; /* "belfry/0.1.0" */
    struct slice address;  /* HTTP address, shown to operators */
};

struct wire_welcome {
    uint64_t request;
    enum err code;     /* OK, or the reason why the edge cannot join */
    struct slice text; /* the reason in words */
    struct epoch epoch;
    uint64_t term;
    uint64_t head;
    uint64_t oldest;
    uint64_t topic_records; /* maximum number of records per topic, 0 = no limit */
    uint64_t topic_ms;      /* maximum age of a topic's records in milliseconds, 0 = no limit */
};

/* Requests the records with after < offset <= until. */
struct wire_read {
    uint64_t request;
    struct epoch epoch;
    uint64_t after;
    uint64_t until;
    uint64_t max_bytes;            /* maximum bytes of bodies; at least one record is returned */
    const struct slice *selectors; /* without any: all records */
    size_t selector_count;
};

/* Requests the offset before the last `count` matching records up to `until`. */
struct wire_latest {
    uint64_t request;
    struct epoch epoch;
    uint64_t count;
    uint64_t until;
    const struct slice *selectors; /* without any: all records */
    size_t selector_count;
};

struct wire_records {
    uint64_t request;
    enum err code;
    struct epoch epoch;
    uint64_t next; /* the reply is complete up to this offset; for LATEST: the offset requested */
    uint64_t oldest;
    uint64_t head;
    const struct entry *entries;
    size_t count;
};

/* The metrics of a PING, in the order of the frame. Counters count since the start of the edge. */
#define WIRE_METRICS(X)                                                                            \
    X(connections, "open HTTP connections, including streams")                                     \
    X(streams, "open SSE streams")                                                                 \
    X(delivered, "records written to streams (counter)")                                           \
    X(published, "publishes accepted from clients (counter)")                                      \
    X(pending, "publishes without an outcome yet")                                                 \
    X(head, "offset of the newest record in the tail")                                             \
    X(tail_first, "offset of the oldest record in the tail")                                       \
    X(tail_bytes, "bytes of the tail's records")                                                   \
    X(fetches, "requests for records lost on the way (counter)")                                   \
    X(replays, "pages of history requested (counter)")                                             \
    X(topics, "topics in memory")                                                                  \
    X(malformed, "frames dropped as malformed (counter)")                                          \
    X(ephemeral, "accepted publishes that are never stored (counter)")                             \
    X(stored, "publishes that came back as records (counter)")                                     \
    X(duplicates, "publishes whose id existed already (counter)")                                  \
    X(refused, "publishes that the broker refused (counter)")                                      \
    X(unknown, "publishes whose outcome is not known (counter)")                                   \
    X(received, "records that joined the tail from broadcasts (counter)")                          \
    X(fetched, "records that joined the tail from fetched holes (counter)")                        \
    X(lost, "records that left the log before they could be fetched (counter)")                    \
    X(joined_head, "offset at which the tail began when the log was joined")                       \
    X(joined_records, "sum of received, fetched and lost at that time")                            \
    X(skipped, "records passed over: private or expired (counter)")                                \
    X(gaps, "gap events sent to streams (counter)")                                                \
    X(resends, "publishes sent again (counter)")                                                   \
    X(canaries, "canaries that returned (counter)")                                                \
    X(canaries_lost, "canaries that did not return (counter)")                                     \
    X(canary_p50_us, "round trip of a canary, median, microseconds")                               \
    X(canary_p99_us, "round trip of a canary, 99th percentile, microseconds")                      \
    X(pings, "PING frames sent (counter)")                                                         \
    X(resumed, "streams opened with a last event id (counter)")                                    \
    X(shed, "streams and events refused for lack of room (counter)")                               \
    X(draining, "1: no new streams; the open ones are being closed")

struct wire_metrics {
#define X(name, help) uint64_t name;
    WIRE_METRICS(X)
#undef X
};

struct wire_ping {
    uint64_t incarnation;
    struct wire_metrics metrics; /* metrics that an older edge does not send are 0 */
};

struct wire_command {
    uint64_t request;
    struct slice name;
    const struct slice *arguments;
    size_t argument_count;
};

struct wire_reply {
    uint64_t request;
    enum err code;
    struct slice text;
};

struct wire_ephemeral {
    struct epoch epoch;
    uint64_t incarnation;
    const struct slice *bodies;
    size_t count;
};

struct wire_ephemeral_batch {
    struct epoch epoch;
    uint64_t term;
    const struct slice *bodies;
    size_t count;
};

struct wire_presence {
    struct epoch epoch;
    uint64_t term;
    struct slice topic;   /* a topic or another selector */
    struct slice member;  /* name of the member */
    struct slice payload; /* compact JSON, or absent */
    uint64_t joined;      /* 1: joined, 0: left */
    uint64_t count;       /* members that the topic has now */
};

struct wire_member {
    struct slice topic;
    struct slice member;
    struct slice payload;
    uint64_t count; /* the member's streams on this edge; 0: the member left */
};

struct wire_members {
    uint64_t incarnation;
    uint64_t serial; /* number of this frame, from 1 */
    uint64_t all;    /* 1: replaces everything reported before */
    const struct wire_member *members;
    size_t count;
};

struct wire_frame {
    enum wire_type type;
    union {
        struct wire_ephemeral ephemeral;
        struct wire_ephemeral_batch ephemeral_batch;
        struct wire_presence presence;
        struct wire_members members;
        struct wire_publish publish;
        struct wire_batch batch;
        struct wire_beacon beacon;
        struct wire_outcome outcome;
        struct wire_hello hello;
        struct wire_welcome welcome;
        struct wire_read read;
        struct wire_latest latest;
        struct wire_records records;
        struct wire_ping ping;
        struct wire_command command;
        struct wire_reply reply;
    };
};

/* Memory for decoding, reused from frame to frame. */
struct wire_decoder;

/* Creates a decoder. Returns NULL without memory. */
struct wire_decoder *wire_decoder_create(void);
void wire_decoder_destroy(struct wire_decoder *decoder); /* NULL is allowed */

/* Decodes one frame, but not the bodies in it. The slices and arrays of *out point into `bytes` and
 * the decoder. They are valid until the next call with this decoder, but no longer than
 * `bytes` is. Returns ERR_MALFORMED, ERR_TOO_LARGE, ERR_TOO_MANY or ERR_VERSION. */
MUST_CHECK enum err wire_decode(struct wire_decoder *decoder, struct slice bytes,
                                struct wire_frame *out);

/* Appends the frame to `out`; check buf_ok(). */
void wire_encode(struct buf *out, const struct wire_frame *frame);

/* Appends the body of a record; check buf_ok(). */
void wire_encode_body(struct buf *out, const struct record *record);

/* Decodes a body. The slices of *out point into the body; the topics are written to `topics`.
 * Returns ERR_MALFORMED, or ERR_TOO_MANY for too many topics. record_check() checks the values. */
MUST_CHECK enum err wire_decode_body(struct wire_decoder *decoder, struct slice body,
                                     struct slice topics[RECORD_TOPICS_MAX], struct record *out);

#endif
