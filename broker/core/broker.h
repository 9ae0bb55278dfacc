/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_BROKER_H
#define BELFRY_BROKER_CORE_BROKER_H

/* The broker's core: it takes publishes from edges, puts them into batches, and when the journal has
 * stored a batch, broadcasts it. It answers reads, keeps the table of edges and counts.
 *
 * It is a state machine: the shell hands it events (frames, finished jobs, ticks) and then drains the
 * actions with broker_next() until there are none. It does no I/O and knows no clock. One thread.
 *
 *   frames from edges ──> broker_received() ──> BROKER_APPEND ──> (writer thread) ──> broker_appended()
 *                                          │                                             │
 *                                          ├──> BROKER_READ ──> (reader thread) ──> broker_read_done()
 *                                          └──> BROKER_BROADCAST, BROKER_REPLY <───────┘            */

#include "broker/core/peer.h"
#include "broker/journal/batch.h"
#include "broker/journal/journal.h"
#include "common/base/err.h"
#include "common/base/hash.h"
#include "common/process/log.h"
#include "common/wire/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct broker_config {
    uint64_t record_bytes;  /* a body may not be larger (default 1 MiB) */
    uint64_t batch_bytes;   /* a batch closes at this size (default 1 MiB) */
    uint32_t batch_records; /* and at this count (default 8192) */
    uint64_t
        queue_bytes;     /* what waits while a batch is stored; beyond it publishes are dropped, and
                               the edges send them again (default 64 MiB) */
    uint32_t edges;      /* table size; further edges are refused (default 1024) */
    uint32_t reads;      /* reads in the making; further ones are answered ERR_UNAVAILABLE
                               (default 4096) */
    uint64_t read_bytes; /* a page of records is not larger (default 1 MiB) */
    uint64_t topic_records; /* sent to the edges: see journal_config */
    uint64_t topic_ms;
    struct hash_key hash_key;
    const char *software;     /* "belfry/0.1.0" */
    enum log_level log_level; /* the shell's; operators ask for it (default LOG_INFO) */
};

/* The defaults above. */
void broker_config_init(struct broker_config *config);

struct broker;

/* `journal` is copied from. The config's strings must outlive the broker. */
struct broker *broker_create(const struct broker_config *config,
                             const struct journal_state *journal, uint64_t now_ms,
                             uint64_t unix_ms);
void broker_destroy(struct broker *b); /* takes NULL; jobs still out must be handed back before */

/* A read on its way through the reader's thread. The core makes it and takes it back; the shell passes
 * query, selectors and page to journal_read() or journal_latest(). */
enum broker_read_type {
    BROKER_READ_PAGE,   /* journal_read() */
    BROKER_READ_LATEST, /* journal_latest() with `count` */
    BROKER_READ_TOPICS, /* journal_topics() after `name`, at most `count` */
    BROKER_READ_FIND,   /* journal_find() of `name` */
};

struct broker_read {
    enum broker_read_type type;
    struct broker_peer peer;
    uint64_t request;
    uint64_t count;
    struct slice name;            /* bytes behind the read, as the selectors are */
    struct journal_topic *topics; /* BROKER_READ_TOPICS: room for `count` */
    size_t topic_count;
    uint64_t found; /* BROKER_READ_FIND: the offset, 0 = none */
    struct journal_query query;
    enum err result; /* set by the shell: what the journal's function returned */
    struct journal_page page;
};

/* An operator's command to remove old records: for journal_trim(), on the writer's thread. */
struct broker_trim {
    struct broker_peer peer;
    uint64_t request;
    uint64_t before;
    uint64_t before_ms;
    bool look;
};

enum broker_report_type {
    BROKER_REPORT_EDGE_JOINED,
    BROKER_REPORT_EDGE_GONE,       /* silent for 5 s */
    BROKER_REPORT_EDGE_NAME_CLASH, /* two live edges have the same name */
    BROKER_REPORT_EDGE_REFUSED,    /* hello refused; `code` says why */
    BROKER_REPORT_FOREIGN_EPOCH,   /* an edge publishes into another log; logged once per edge */
    BROKER_REPORT_BAD_PUBLISH,     /* a body was refused; logged once per edge */
    BROKER_REPORT_APPEND_FAILED,   /* the first failure of a series; `code` */
    BROKER_REPORT_APPEND_RECOVERED,
    BROKER_REPORT_QUEUE_FULL, /* publishes are being dropped, edges send them again; logged once per series */
};

/* Something for the operator's log. */
struct broker_report {
    enum broker_report_type type;
    uint64_t incarnation;
    char name[64]; /* the edge's */
    enum err code;
};

enum broker_action_type {
    BROKER_APPEND,    /* hand `batch` to the writer; it comes back with broker_appended() */
    BROKER_BROADCAST, /* publish `frame` on the broadcast socket */
    BROKER_REPLY,     /* send `frame` to `peer` on the control socket */
    BROKER_READ,      /* hand `read` to the reader; it comes back with broker_read_done() */
    BROKER_TRIM, /* hand `trim` to the writer; it comes back with broker_trimmed(). One at a time */
    BROKER_LOG_LEVEL, /* log from now on at `log_level` */
    BROKER_LOG,       /* log `report` */
};

struct broker_action {
    enum broker_action_type type;
    union {
        struct batch *batch;
        struct broker_read *read;
        const struct broker_trim *trim;
        enum log_level log_level;
        struct broker_report report;
        struct {
            struct broker_peer peer;
            struct wire_frame frame; /* valid until the next call of any broker function */
        };
    };
};

/* The next thing to do; false when there is nothing. At most one append is out at a time. */
bool broker_next(struct broker *b, struct broker_action *out);

/* A frame from the publish socket (peer == NULL) or the control socket. */
void broker_received(struct broker *b, uint64_t now_ms, uint64_t unix_ms,
                     const struct broker_peer *peer, const struct wire_frame *frame);

/* A frame that could not be decoded (ERR_MALFORMED, ERR_VERSION, …): counted; a peer on the control
 * socket gets a reply. Returns true the first time for that peer: then the shell logs it. */
bool broker_malformed(struct broker *b, const struct broker_peer *peer, enum err err);

/* The writer is done. `result` as from journal_append(). `journal`: the state after it. */
void broker_appended(struct broker *b, uint64_t now_ms, struct batch *batch, enum err result,
                     const struct journal_state *journal, uint64_t commit_us);

/* Maintenance changed the journal's state (oldest, sizes). */
void broker_maintained(struct broker *b, uint64_t now_ms, const struct journal_state *journal);

/* The writer is done with the trim that is out. `result` and `oldest` as from journal_trim(); `journal`: the state after
 * it. The edges are commanded to forget those records too. */
void broker_trimmed(struct broker *b, uint64_t now_ms, enum err result, uint64_t oldest,
                    const struct journal_state *journal);

void broker_read_done(struct broker *b, uint64_t now_ms, struct broker_read *read);

/* Time passes: beacons, leases. Call it when broker_deadline() is reached (late is harmless). */
void broker_tick(struct broker *b, uint64_t now_ms, uint64_t unix_ms);
uint64_t broker_deadline(const struct broker *b); /* on the clock of now_ms */

/* Refuses further publishes, so that a shutdown can wait for the last append. */
void broker_stop(struct broker *b);
bool broker_idle(const struct broker *b); /* no append, no trim and no read is out */

/* Asserts the invariants; tests call it after every event. */
void broker_check(const struct broker *b);

#endif
