/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_ACTION_H
#define BELFRY_EDGE_CORE_ACTION_H

/* The actions that the edge's core gives its shell to carry out (edge_next()). What an action
 * points to is valid until the next call of any edge function but edge_wrote(). */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/wire/event_id.h"
#include "common/wire/record.h"
#include "common/wire/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct stream;

enum edge_socket { EDGE_SOCKET_PUBLISH, EDGE_SOCKET_CONTROL };

/* Send the frame to the broker. */
struct edge_send_action {
    enum edge_socket socket;
    struct wire_frame frame;
};

/* Maximum number of iovecs in a write: one for each run of records that are adjacent in memory.
 * IOV_MAX is 1024. */
#define EDGE_IOV_MAX 64

/* Write the iovecs to the owner's socket with one call, then report it with edge_wrote(). */
struct edge_write_action {
    struct stream *stream;
    void *owner;
    const struct iovec *iov;
    int iov_count;
    size_t bytes; /* sum of the iovecs */
};

/* Queue these bytes on the owner's connection, before anything later. Usually a few dozen bytes. */
struct edge_text_action {
    struct stream *stream;
    void *owner;
    struct slice text;
};

/* End the response. The stream stays until edge_unsubscribe(). */
struct edge_close_action {
    struct stream *stream;
    void *owner;
    bool come_back; /* send a `retry:` with jitter first */
};

/* The outcome of a publish. */
struct edge_published_action {
    void *request;

    /* OK: the record is stored, or was an ephemeral one. ERR_DUPLICATE: the offset is that of the
     * first record with this id. ERR_TIMEOUT, ERR_UNAVAILABLE: the outcome is unknown; the publish
     * may be repeated with the same id. Other errors: the record is not stored. */
    enum err result;
    uint64_t offset;
    struct epoch epoch;
};

/* The answer to edge_query(). */
struct edge_reply_action {
    void *request;
    enum err result;
    struct slice text; /* JSON, or with an error one line that describes it */
};

/* The answer to edge_history(). */
struct edge_page_action {
    void *request;
    enum err result;
    struct epoch epoch;
    const struct entry *entries; /* oldest first */
    size_t entry_count;

    /* The page is backward and has fewer entries than its limit, because they are large: there
     * are older ones. */
    bool cut;
    uint64_t next;   /* a forward page is complete up to this offset */
    uint64_t oldest; /* of the log */
    uint64_t head;   /* of the log */
};

/* Another edge's request to change one of this edge's streams. Answer with edge_command_reply(). */
struct edge_session_action {
    uint64_t request;
    struct slice session;
    struct slice body;  /* the JSON that came by HTTP */
    struct slice token; /* the token that came with it; may be empty */
};

/* Operators' commands to an edge, with their arguments (edge/shell/client_filter.h). */
#define EDGE_COMMANDS(X)                                                                           \
    X(EDGE_CLIENTS, "clients")       /* [topic, after, limit] */                                   \
    X(EDGE_DISCONNECT, "disconnect") /* ["client", "member" or "topic", which, after, upto] */     \
    X(EDGE_DRAIN, "drain")                                                                         \
    X(EDGE_UNDRAIN, "undrain")                                                                     \
    X(EDGE_LOG_LEVEL, "log-level") /* [level], or nothing */

enum edge_command {
#define X(name, text) name,
    EDGE_COMMANDS(X)
#undef X
};

#define EDGE_ARGUMENTS_MAX 4

/* An operator's command that is the shell's to do. Answer with edge_command_reply(). */
struct edge_command_action {
    uint64_t request;
    enum edge_command command;
    const struct slice *arguments;
    size_t argument_count;
};

enum edge_report_type {
    EDGE_REPORT_JOINED, /* follows the log: epoch and head are known */
    EDGE_REPORT_READY,
    EDGE_REPORT_BROKER_SILENT, /* no beacon for three periods (LINK_BEACON_MS) */
    EDGE_REPORT_BROKER_BACK,
    EDGE_REPORT_HOLE, /* a broadcast was lost and is fetched; `number` of records */

    /* The hole is no longer in the log. Streams miss `number` of records, and get a gap event. */
    EDGE_REPORT_EXPIRED,
    EDGE_REPORT_EPOCH,   /* another log: every stream gets a gap event */
    EDGE_REPORT_REFUSED, /* the broker refuses this edge; `code` */
    EDGE_REPORT_SPLIT,   /* the broadcast is of another log than WELCOME: a wrong address */
    EDGE_REPORT_RESEND,  /* publishes are sent again; `number` of them */
};

/* Something for the operator's log. */
struct edge_report {
    enum edge_report_type type;
    enum err code;
    uint64_t number;
    char text[128]; /* the broker's text, or "" */
};

/* Log the report. */
struct edge_log_action {
    struct edge_report report;
};

enum edge_action_type {
    EDGE_SEND,
    EDGE_WRITE,
    EDGE_TEXT,
    EDGE_CLOSE,
    EDGE_PUBLISHED,
    EDGE_REPLY,
    EDGE_PAGE,
    EDGE_SESSION,
    EDGE_COMMAND,
    EDGE_LOG,
};

/* An action. The valid member of the union has the name of the type: `send` for EDGE_SEND. */
struct edge_action {
    enum edge_action_type type;
    union {
        struct edge_send_action send;
        struct edge_write_action write;
        struct edge_text_action text;
        struct edge_close_action close;
        struct edge_published_action published;
        struct edge_reply_action reply;
        struct edge_page_action page;
        struct edge_session_action session;
        struct edge_command_action command;
        struct edge_log_action log;
    };
};

#endif
