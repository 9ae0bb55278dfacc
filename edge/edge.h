/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_EDGE_H
#define BELFRY_EDGE_EDGE_H

/* The edge's core: it follows the broker's log, fans it out to the streams, and carries publishes to the
 * broker until they come back in the log.
 *
 * A state machine like the broker's core: the shell hands it events and then drains the actions with
 * edge_next() until there are none. It does no I/O and knows no clock; times are milliseconds of a
 * clock that never goes back. One thread.
 *
 *   HTTP subscribe ──> edge_subscribe() ──> stream ──> EDGE_WRITE, EDGE_TEXT, EDGE_CLOSE
 *   HTTP publish ───> edge_publish() ──> EDGE_SEND (PUBLISH) …  EDGE_PUBLISHED
 *   ZeroMQ ─────────> edge_received() ──> tail ──> marked streams ──> EDGE_WRITE                      */

#include "common/err.h"
#include "common/event_id.h"
#include "common/hash.h"
#include "common/record.h"
#include "common/slice.h"
#include "common/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct edge_config {
    uint64_t incarnation; /* 64 random bits, new at every start */
    const char *name;     /* the operator's label */
    const char *address;  /* where HTTP listens, for the operator's eyes */
    const char *software; /* "belfry/0.1.0" */
    struct hash_key hash_key;

    uint64_t tail_bytes;   /* records held in memory (default 64 MiB) */
    uint64_t warm_records; /* fetched before the edge is ready (default 10,000) */
    uint64_t
        hole_bytes; /* batches kept while a hole is fetched; beyond it they are dropped and fetched
                                too (default 16 MiB) */
    uint32_t heartbeat_ms;  /* silence after which a stream gets a comment (default 15,000) */
    uint32_t deadline_ms;   /* a publish without an outcome by then is given up (default 5,000) */
    uint64_t pending_bytes; /* publishes without an outcome; beyond it they are refused (64 MiB) */
    uint32_t pending_count; /* the same by number (default 65,536) */
    uint32_t streams; /* open streams; beyond it edge_subscribe() says ERR_TOO_MANY (1,000,000) */
    uint32_t stream_topics; /* selectors of one stream (default 100) */
    uint32_t
        replay_pages; /* pages of history held at once for streams behind the tail; beyond it the
                                page that waits longest for its reader is dropped, and read again later
                                (default 256) */
    uint64_t replay_bytes; /* size of such a page (default 128 KiB) */
    uint64_t record_bytes; /* a body may not be larger (default 1 MiB) */
    uint32_t resend_ms;    /* a publish that the broker has not taken by then is sent again (300) */
};

/* The defaults above; incarnation, name, address, software and hash_key are the caller's to set. */
void edge_config_init(struct edge_config *config);

struct edge;
struct stream;

struct edge *edge_create(const struct edge_config *config, uint64_t now_ms);
void edge_destroy(struct edge *e); /* takes NULL; streams and requests are gone with it, untold */

/* ---- what the shell tells ---- */

/* A frame from the broadcast or the control socket. */
void edge_received(struct edge *e, uint64_t now_ms, const struct wire_frame *frame);

/* A frame that could not be decoded. Returns true the first time since the last good frame: then the
 * shell logs it. */
bool edge_malformed(struct edge *e, enum err err);

/* Time passes. Call it when edge_deadline() is reached (late is harmless). */
void edge_tick(struct edge *e, uint64_t now_ms);
uint64_t edge_deadline(const struct edge *e);

/* Takes a publish: topics, id, type, data, retry_ms and flags of `record`; all is copied. The outcome comes
 * as EDGE_PUBLISHED with `request`, which must not be NULL, exactly once, unless edge_forget() is called
 * before. ERR_TOO_LARGE; ERR_UNAVAILABLE: the edge has no log yet, or too many publishes wait. The
 * record must have passed record_check(). */
MUST_CHECK enum err edge_publish(struct edge *e, uint64_t now_ms, const struct record *record,
                                 void *request);

/* The client of this request is gone: no EDGE_PUBLISHED for it any more. The publish goes on. */
void edge_forget(struct edge *e, const void *request);

/* What a subscriber asks for. */
struct subscribe {
    const struct slice *selectors; /* at least one; each has passed selector_check() */
    size_t selector_count;
    struct slice last_event_id; /* absent or empty: none */
    uint32_t history; /* first the last so many records, when there is no id to resume from */
};

/* Opens a stream. `owner` is the shell's (the connection); the actions name it. ERR_TOO_MANY (streams or
 * selectors), ERR_UNAVAILABLE: the edge has no log yet, ERR_CLOSED: the edge drains. The shell answers
 * these with 200, retry and a close: EventSource gives up for ever on any other status. */
MUST_CHECK enum err edge_subscribe(struct edge *e, uint64_t now_ms, const struct subscribe *spec,
                                   void *owner, struct stream **out);

/* The connection is gone. The stream is freed. */
void edge_unsubscribe(struct edge *e, struct stream *s);

/* Answers an EDGE_WRITE, before the next edge_next(): so many of its bytes went to the socket. Fewer than
 * all: the stream is left alone until edge_writable(). */
void edge_wrote(struct edge *e, uint64_t now_ms, struct stream *s, size_t bytes);

/* The stream's socket may be written again; also said once after the response head is out. */
void edge_writable(struct edge *e, struct stream *s);

/* The owner has bytes of its own to write first (a response head): no EDGE_WRITE before
 * edge_writable(). */
void edge_blocked(struct edge *e, struct stream *s);

/* No new streams from now on (edge_subscribe() says ERR_CLOSED), and not ready. Publishes go on. The shell
 * closes the open streams over a window of its own choice. */
void edge_drain(struct edge *e);

/* True when a load balancer may send clients here: the log is followed, the broker's beacons are fresh, the
 * way up has been proven and the tail is warm. Otherwise *out_why is one line. */
bool edge_ready(const struct edge *e, const char **out_why);

struct edge_status {
    struct epoch epoch;
    uint64_t term;
    uint64_t head;       /* newest offset in the tail */
    uint64_t known_head; /* newest offset that the broker has told of */
    struct wire_figures
        figures; /* connections is the shell's to fill in: edge_count_connections() */
};

void edge_status(const struct edge *e, struct edge_status *out);

/* For the figures that go to the broker each second. */
void edge_count_connections(struct edge *e, uint64_t connections);

/* ---- what the shell must do ---- */

enum edge_socket { EDGE_SOCKET_PUBLISH, EDGE_SOCKET_CONTROL };

enum edge_note_type {
    EDGE_NOTE_JOINED, /* follows the log: epoch and head known */
    EDGE_NOTE_READY,
    EDGE_NOTE_BROKER_SILENT, /* no beacon for three periods */
    EDGE_NOTE_BROKER_BACK,
    EDGE_NOTE_HOLE,    /* a broadcast was lost and is fetched; `number` records */
    EDGE_NOTE_EXPIRED, /* the hole is no longer in the log; `number` records are lost to streams, which
                                are told */
    EDGE_NOTE_EPOCH,   /* another log: every stream is told */
    EDGE_NOTE_REFUSED, /* the broker refuses this edge; `code` */
    EDGE_NOTE_SPLIT,   /* broadcast and control speak for different logs: a wrong address */
    EDGE_NOTE_RESEND,  /* publishes are sent again; `number` of them */
};

struct edge_note {
    enum edge_note_type type;
    enum err code;
    uint64_t number;
    char text[128]; /* the broker's words, or "" */
};

enum edge_action_type {
    EDGE_SEND,      /* send `frame` on `socket` */
    EDGE_WRITE,     /* write `iov` to the owner's socket with one call, then say edge_wrote() */
    EDGE_TEXT,      /* queue these bytes on the owner, before anything later: a few dozen bytes */
    EDGE_CLOSE,     /* end the response; the stream stays until edge_unsubscribe() */
    EDGE_PUBLISHED, /* answer the publish request */
    EDGE_NOTE,      /* log `note` */
};

/* iovecs of one EDGE_WRITE: one a run of records that lie together in memory (IOV_MAX is 1024). */
#define EDGE_IOV_MAX 64

struct edge_action {
    enum edge_action_type type;
    /* Everything pointed to is valid until the next call of any edge function but edge_wrote(). */
    union {
        struct {
            enum edge_socket socket;
            struct wire_frame frame;
        };
        struct {
            struct stream *stream;
            void *owner;
            const struct iovec *iov; /* EDGE_WRITE */
            int iov_count;
            size_t bytes;      /* sum of the iovecs */
            struct slice text; /* EDGE_TEXT */
        };
        struct {
            void *request;
            enum err result; /* OK; ERR_DUPLICATE: offset is the first record's; ERR_TIMEOUT and
                                ERR_UNAVAILABLE: outcome unknown, repeat with the same id; ERR_FULL:
                                not stored; … */
            uint64_t offset;
            struct epoch epoch;
        };
        struct edge_note note;
    };
};

/* The next thing to do; false when there is nothing. */
bool edge_next(struct edge *e, struct edge_action *out);

/* Asserts the invariants; tests call it after every event. */
void edge_check(const struct edge *e);

#endif
