/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_ACTION_H
#define BELFRY_BROKER_CORE_ACTION_H

/* What the broker's core gives its shell to do (broker_next()). */

#include "broker/core/peer.h"
#include "broker/journal/batch.h"
#include "broker/journal/journal.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/process/log.h"
#include "common/wire/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

#endif
