/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_DOCTOR_DIAGNOSIS_H
#define BELFRY_BROKER_CTL_DOCTOR_DIAGNOSIS_H

/* Explains what `belfry doctor` has measured, and suggests configuration that fixes problems.
 * Pure; probe_posix.h measures the facts. */

#include "common/base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DOCTOR_TEXT_SIZE 320
#define DOCTOR_ROUNDS 5        /* number of timed records */
#define DOCTOR_STREAMS 8       /* open at a time: more than a browser's six over HTTP/1.1 */
#define DOCTOR_WAIT_MS 2000    /* data that arrives later counts as held back */
#define DOCTOR_LATE_MS 100     /* a longer delay is a problem; HAProxy can cause 200 ms */
#define DOCTOR_PADDING_MAX 128 /* maximum KiB that are sent to make a proxy flush its buffer */
#define DOCTOR_BODY_BYTES ((size_t)2 << 20) /* size of a large publish */

/* The facts. `tried` is false, or a number is -1, if something was not measured. */

struct doctor_reach {
    bool tls;
    bool loopback;      /* the URL's host is localhost or a loopback address */
    char protocol[16];  /* protocol that ALPN selected when h2 was offered too */
    char server[64];    /* Server header, which an edge does not send */
    char via[64];       /* Via header */
    uint64_t answer_ms; /* duration of a short request */
};

struct doctor_head {
    bool tried;
    bool came;       /* the head arrived within DOCTOR_WAIT_MS; otherwise it is held back */
    bool plain_only; /* it arrived only without Accept-Encoding */
    int status;
    char detail[DOCTOR_TEXT_SIZE]; /* `detail` of the problem document, if there is one */
    char type[64];
    char encoding[32]; /* Content-Encoding; "" = none */
    char cache[96];    /* Cache-Control */
    bool chunked;
    bool aged; /* has an Age header: it comes from a cache */
};

struct doctor_timing {
    bool tried;
    int publish_status; /* status of the first refused publish; 0 = none was refused */
    char publish_detail[DOCTOR_TEXT_SIZE];
    int64_t first_ms;  /* time from the head to the first event; -1 = it did not arrive */
    unsigned sent;     /* number of timed records that were published */
    unsigned arrived;  /* number that arrived within DOCTOR_WAIT_MS */
    unsigned repeated; /* number that arrived more than once */
    /* time from the response to the publish until the event; 0 = the event arrived first */
    int64_t late_ms[DOCTOR_ROUNDS];
    /* KiB of padding after which data arrived; -1 = none did, or none was needed */
    int64_t padding_kib;
};

/* Whether a stream resumes, with the id of the last event in the header or in the query. */
struct doctor_resume {
    bool tried;
    bool by_header;
    bool by_query;
};

/* Whether the token is accepted, in the header or in the query. */
struct doctor_token {
    bool tried;
    bool by_header;
    bool by_query;
};

/* Streams that are open at the same time. */
struct doctor_crowd {
    bool tried;
    unsigned opened; /* number of open streams, out of DOCTOR_STREAMS */
    int status;      /* status of the first refused stream; 0 = no response */
    bool published;  /* another request was answered while they were open */
};

/* A stream whose client has left: presence should stop listing it. */
struct doctor_ghost {
    bool tried;
    bool seen;         /* listed while it was open */
    bool gone;         /* no longer listed at the end */
    uint64_t after_ms; /* time from closing the stream until the last look */
};

/* A publish of DOCTOR_BODY_BYTES. */
struct doctor_body {
    bool tried;
    int status;   /* 413 if a proxy refuses the body */
    bool by_edge; /* the response is from an edge */
};

/* A stream on which nothing is published. */
struct doctor_idle {
    bool tried;
    uint64_t watched_ms;
    uint64_t wanted_ms;  /* time to watch that the operator asked for */
    unsigned signs;      /* number of heartbeats and other data */
    uint64_t silence_ms; /* longest silence */
    bool cut;            /* the stream was closed */
    uint64_t silent_ms;  /* silence before it was closed */
};

struct doctor_facts {
    char url[DOCTOR_TEXT_SIZE];
    struct doctor_reach reach;
    struct doctor_token token;
    struct doctor_head head;
    struct doctor_timing timing;
    struct doctor_resume resume;
    struct doctor_crowd crowd;
    struct doctor_body body;
    struct doctor_ghost ghost;
    struct doctor_idle idle;
};

enum doctor_level {
    DOCTOR_GOOD,
    DOCTOR_NOTE, /* information; not an error */
    DOCTOR_BAD,
};

struct doctor_finding {
    const char *check; /* name of the check, such as "buffering" */
    enum doctor_level level;
    char text[DOCTOR_TEXT_SIZE];
    const char *haproxy; /* configuration that fixes it, or NULL */
    const char *nginx;
    const char *edge; /* option of belfry-edge that helps, or NULL */
};

#define DOCTOR_FINDINGS_MAX 16

struct doctor_diagnosis {
    struct doctor_finding findings[DOCTOR_FINDINGS_MAX];
    size_t count;
    size_t bad; /* number of DOCTOR_BAD findings */
};

/* Derives the findings from the facts. */
void doctor_diagnose(const struct doctor_facts *facts, struct doctor_diagnosis *out);

/* ---- diagnosis_report.c ---- */

/* Append the findings as text or JSON. The text has the fixes for both HAProxy and nginx, unless
 * the Server header names one of them. */
void doctor_report_text(const struct doctor_facts *facts, const struct doctor_diagnosis *diagnosis,
                        struct buf *out);
void doctor_report_json(const struct doctor_facts *facts, const struct doctor_diagnosis *diagnosis,
                        struct buf *out);

#endif
