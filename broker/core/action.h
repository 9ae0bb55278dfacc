/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_ACTION_H
#define BELFRY_BROKER_CORE_ACTION_H

/* The actions that the broker's core gives to its shell (broker_next()). */

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

enum broker_read_type {
    BROKER_READ_PAGE,   /* journal_read() */
    BROKER_READ_LATEST, /* journal_latest() with `count` */
    BROKER_READ_TOPICS, /* journal_topics() after `name`, at most `count` */
    BROKER_READ_FIND,   /* journal_find() of `name` */
};

/* A read of the journal on its way through the reader thread. The core creates and frees it. */
struct broker_read {
    enum broker_read_type type;
    struct control_peer peer;     /* gets the reply */
    uint64_t request;             /* number of the peer's request */
    uint64_t count;               /* maximum number of records or topics to return */
    struct slice name;            /* in the read's own memory, as the selectors of `query` are */
    struct journal_topic *topics; /* BROKER_READ_TOPICS: room for `count` */
    size_t topic_count;
    uint64_t found; /* BROKER_READ_FIND: offset, 0 = none */
    struct journal_query query;
    enum err result; /* return value of the journal's function; set by the shell */
    struct journal_page page;
};

/* An operator's command to remove old records: the arguments of journal_trim(), and who gets the
 * reply. */
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
    BROKER_REPORT_EDGE_REFUSED,    /* hello refused; `code` is the reason */
    BROKER_REPORT_FOREIGN_EPOCH,   /* an edge publishes to a log of another epoch; once per edge */
    BROKER_REPORT_BAD_PUBLISH,     /* a body was refused; reported once per edge */
    BROKER_REPORT_APPEND_FAILED,   /* first failure of a series; `code` is the error */
    BROKER_REPORT_APPEND_RECOVERED,
    /* publishes are dropped, and edges resend them; reported once per series */
    BROKER_REPORT_QUEUE_FULL,
};

/* An entry for the operator's log. */
struct broker_report {
    enum broker_report_type type;
    uint64_t incarnation; /* of the edge that it is about, 0 = none */
    char name[64];        /* of that edge, or "" */
    enum err code;        /* reason, or OK */
};

/* Give the batch to the writer, and return it with broker_appended(). The writer has at most one
 * batch at a time. */
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

/* Give the job to the reader, and return it with broker_read_done(). */
struct broker_read_action {
    struct broker_read *job;
};

/* Give the command to the writer, and call broker_trimmed() when it is done. The writer has at most
 * one trim at a time. */
struct broker_trim_action {
    const struct broker_trim *command; /* valid until broker_trimmed() */
};

/* Change the log level. */
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

/* The valid member of the union has the type's name. */
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
