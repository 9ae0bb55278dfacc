/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_DOCTOR_DIAGNOSIS_H
#define BELFRY_BROKER_CTL_DOCTOR_DIAGNOSIS_H

/* What `belfry doctor` has found out (probe_posix.h gathers it), what it means, and which line of
 * configuration cures it. Pure. */

#include "common/base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DOCTOR_TEXT_SIZE 320
#define DOCTOR_ROUNDS 5        /* timed records */
#define DOCTOR_STREAMS 8       /* opened at a time: more than the six of a browser over HTTP/1.1 */
#define DOCTOR_WAIT_MS 2000    /* what has not come by then is held back */
#define DOCTOR_LATE_MS 100     /* later than this is late; HAProxy's delay is 200 ms */
#define DOCTOR_PADDING_MAX 128 /* KiB that are sent to push out what waits in a buffer */
#define DOCTOR_BODY_BYTES ((size_t)2 << 20)

/* The facts. What was not looked at has `tried` false, or is -1. */

struct doctor_reach {
    bool tls;
    bool loopback;
    char protocol[16]; /* what ALPN agreed on when h2 was offered too */
    char server[64];   /* the Server header: an edge sends none */
    char via[64];
    uint64_t answer_ms; /* of a short request */
};

struct doctor_head {
    bool tried;
    bool came;       /* within DOCTOR_WAIT_MS; false: the head itself is held back */
    bool plain_only; /* it comes only to who takes no compressed one */
    int status;
    char detail[DOCTOR_TEXT_SIZE]; /* of a problem document */
    char type[64];
    char encoding[32]; /* Content-Encoding; "" = none */
    char cache[96];    /* Cache-Control */
    bool chunked;
    bool aged; /* an Age header: it comes from a cache */
};

struct doctor_timing {
    bool tried;
    int publish_status; /* of the first publish that was refused; 0 = none was */
    char publish_detail[DOCTOR_TEXT_SIZE];
    int64_t first_ms; /* from the head to the first event; -1: it did not come */
    unsigned sent;
    unsigned arrived;  /* within DOCTOR_WAIT_MS */
    unsigned repeated; /* came more than once */
    /* time from the publish's answer to the event; 0 when it came before */
    int64_t late_ms[DOCTOR_ROUNDS];
    /* padding that made something come; -1: none did, or none was needed */
    int64_t padding_kib;
};

struct doctor_resume {
    bool tried;
    bool by_header;
    bool by_query;
};

struct doctor_token {
    bool tried;
    bool by_header;
    bool by_query;
};

struct doctor_crowd {
    bool tried;
    unsigned opened; /* of DOCTOR_STREAMS */
    int status;      /* of the first that was refused; 0 = no answer */
    bool published;  /* while they were open */
};

struct doctor_ghost {
    bool tried;
    bool seen; /* as long as it was open */
    bool gone;
    uint64_t after_ms;
};

struct doctor_body {
    bool tried;
    int status;   /* 413 from a proxy */
    bool by_edge; /* a problem document */
};

struct doctor_idle {
    bool tried;
    uint64_t watched_ms;
    uint64_t wanted_ms;
    unsigned signs;      /* heartbeats and other bytes */
    uint64_t silence_ms; /* the longest */
    bool cut;
    uint64_t silent_ms; /* before the cut */
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
    DOCTOR_NOTE, /* worth knowing, nothing is broken */
    DOCTOR_BAD,
};

struct doctor_finding {
    const char *check; /* "buffering" */
    enum doctor_level level;
    char text[DOCTOR_TEXT_SIZE];
    const char *haproxy; /* the lines that cure it, or NULL */
    const char *nginx;
    const char *edge; /* an option of belfry-edge that helps, or NULL */
};

#define DOCTOR_FINDINGS_MAX 16

struct doctor_diagnosis {
    struct doctor_finding findings[DOCTOR_FINDINGS_MAX];
    size_t count;
    size_t bad;
};

void doctor_diagnose(const struct doctor_facts *facts, struct doctor_diagnosis *out);

/* ---- diagnosis_report.c ---- */

/* For people; with both cures, or only with that of the proxy that says its name. */
void doctor_report_text(const struct doctor_facts *facts, const struct doctor_diagnosis *diagnosis,
                        struct buf *out);
void doctor_report_json(const struct doctor_facts *facts, const struct doctor_diagnosis *diagnosis,
                        struct buf *out);

#endif
