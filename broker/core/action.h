/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_ACTION_H
#define BELFRY_BROKER_CORE_ACTION_H

/* What the broker's core gives its shell to do (broker_next()). */

#include "broker/core/control_peer.h"
#include "broker/journal/batch.h"
#include "broker/journal/journal.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/process/log.h"
#include "common/wire/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A read on its way through the reader's thread. The core makes it and takes it back; the shell
 * passes query, selectors and page to journal_read() or journal_latest(). */
enum broker_read_type {
    BROKER_READ_PAGE,   /* journal_read() */
    BROKER_READ_LATEST, /* journal_latest() with `count` */
    BROKER_READ_TOPICS, /* journal_topics() after `name`, at most `count` */
    BROKER_READ_FIND,   /* journal_find() of `name` */
};

struct broker_read {
    enum broker_read_type type;
    struct control_peer peer;
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
    struct control_peer peer;
    uint64_t request;
    uint64_t before;
    uint64_t before_ms;
    bool dry_run;
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
    /* Publishes are dropped, and edges send them again; logged once per series. */
    BROKER_REPORT_QUEUE_FULL,
};

/* Something for the operator's log. */
struct broker_report {
    enum broker_report_type type;
    uint64_t incarnation;
    char name[64]; /* the edge's */
    enum err code;
};

/* Hand the batch to the writer; it comes back with broker_appended(). At most one is out at a
 * time. */
struct broker_append_action {
    struct batch *batch;
};

/* Publish the frame on the broadcast socket. */
struct broker_broadcast_action {
    struct wire_frame frame; /* valid until the next call of any broker function */
};

/* Send the frame to the peer on the control socket. */
struct broker_reply_action {
    struct control_peer peer;
    struct wire_frame frame; /* valid until the next call of any broker function */
};

/* Hand the job to the reader; it comes back with broker_read_done(). */
struct broker_read_action {
    struct broker_read *job;
};

/* Hand the command to the writer; it comes back with broker_trimmed(). At most one is out at a
 * time. */
struct broker_trim_action {
    const struct broker_trim *command;
};

/* Log from now on at this level. */
struct broker_log_level_action {
    enum log_level level;
};

/* Log the report. */
struct broker_log_action {
    struct broker_report report;
};

enum broker_action_type {
    BROKER_APPEND,
    BROKER_BROADCAST,
    BROKER_REPLY,
    BROKER_READ,
    BROKER_TRIM,
    BROKER_LOG_LEVEL,
    BROKER_LOG,
};

/* The member that is valid has the type's name. */
struct broker_action {
    enum broker_action_type type;
    union {
        struct broker_append_action append;
        struct broker_broadcast_action broadcast;
        struct broker_reply_action reply;
        struct broker_read_action read;
        struct broker_trim_action trim;
        struct broker_log_level_action log_level;
        struct broker_log_action log;
    };
};

#endif
