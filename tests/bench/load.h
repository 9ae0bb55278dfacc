/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_TESTS_BENCH_LOAD_H
#define BELFRY_TESTS_BENCH_LOAD_H

/* The load generator: opens N event streams over T topics, publishes over HTTP, and checks that every
 * stream gets every message of its topic once and that all streams of a topic get them in the same order.
 *
 * One thread, one epoll. A message's data is `time`, 16 hex digits of CLOCK_MONOTONIC in ns, then
 * `number`, 8 hex digits counting within the topic, then filler up to the size asked for. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define LOAD_ADDRESSES_MAX 16
#define LOAD_PROCESSES_MAX 32
#define LOAD_DATA_MIN 24    /* time and number */
#define LOAD_DATA_MAX 65536 /* bytes */
#define LOAD_READ_SIZE (256u << 10)

/* ---- figures ---- */

/* Counts of nanoseconds: 32 steps per power of two, so a percentile is within 3 %. */
struct histogram {
    uint64_t counts[64 * 32];
    uint64_t total;
};

void histogram_add(struct histogram *h, uint64_t ns);
uint64_t histogram_percentile(const struct histogram *h, double percent); /* ns; 0 when empty */

uint64_t clock_now_ns(void);

/* The run's phases, in this order; only the first and MEASURE are in every run. */
enum phase_kind {
    PHASE_OPEN,     /* the streams are opened, and with --resume brought to the head */
    PHASE_IDLE,     /* --idle: nothing is published */
    PHASE_MEASURE,  /* messages are published */
    PHASE_STORM,    /* --storm: all streams are lost and come back */
    PHASE_CATCH_UP, /* --stalled: the stalled streams read again */
    PHASE_COUNT
};

/* What a phase took. */
struct phase_figures {
    bool done;
    uint64_t ns;
    uint64_t delivered;
    uint64_t cpu_ns[LOAD_PROCESSES_MAX]; /* of the watched processes */
};

/* A server process that is watched. */
struct process {
    char name[32];
    pid_t pid;
    uint64_t cpu_start_ns; /* at the running phase's start */
    uint64_t pss_before;   /* bytes, before the streams were opened */
    uint64_t pss_idle;     /* when they were open and had been used once */
    uint64_t pss_end;      /* after PHASE_MEASURE */
};

/* CPU time of a process, all threads: what /proc/<pid>/stat says as utime + stime, but in ns. */
uint64_t process_cpu_ns(pid_t pid);
uint64_t process_pss(pid_t pid); /* bytes, from /proc/<pid>/smaps_rollup; 0 when unreadable */

/* ---- settings ---- */

struct settings {
    struct sockaddr_in addresses[LOAD_ADDRESSES_MAX]; /* streams and publishers go round these */
    size_t address_count;
    uint32_t streams;
    uint32_t topics;     /* stream i listens to topic i % topics */
    uint32_t publishers; /* connections */
    uint32_t inflight;   /* messages not yet answered or not yet delivered; 1 = lock step */
    double rate;         /* messages per second, 0 = as fast as `inflight` lets */
    uint64_t messages;   /* of the measured phase; 0 = as many as fit in `seconds` */
    double seconds;
    uint32_t warmup;            /* messages before it */
    uint32_t size;              /* of a message's data */
    double deadline;            /* seconds without progress after which the run has failed */
    const char *subscribe_path; /* "{topic}" is replaced by the topic's number */
    const char *publish_path;
    uint32_t batch;         /* records in one request; 1: a plain body, else NDJSON */
    const char *topic_name; /* in NDJSON; "{topic}" as above */
    bool any_status;        /* a publish may be refused: nothing is delivered then */

    const char *resume; /* the streams' first Last-Event-ID, or NULL */
    uint32_t expect;    /* and how many messages each then gets first */
    double idle;        /* seconds of PHASE_IDLE */

    uint32_t stalled;       /* so many streams read nothing during PHASE_MEASURE */
    uint64_t stalled_burst; /* messages between their stalling and PHASE_MEASURE */

    bool storm; /* streams are on the first address, publishers on the last; after PHASE_MEASURE
                        all streams are lost and go to the last */
    pid_t storm_pid; /* is killed for it; 0: the generator closes them itself */
    uint32_t missed; /* messages published while the streams are away */

    const char *behind_path; /* one more stream, which reads old messages during PHASE_MEASURE, */
    const char *behind_id;   /* from here, */
    uint32_t behind;         /* so many, over and over */
    struct process processes[LOAD_PROCESSES_MAX];
    size_t process_count;
};

/* Exits with a message when an argument is wrong. */
void settings_parse(struct settings *settings, int argc, char **argv);

/* ---- the run ---- */

enum watched_kind { WATCHED_STREAM, WATCHED_PUBLISHER, WATCHED_BEHIND };

struct stream {
    enum watched_kind kind; /* first: epoll's pointer tells which it is */
    int fd;                 /* -1: not open */
    uint32_t topic;
    bool live;     /* its response head has come */
    bool stalled;  /* is not read */
    bool has_data; /* a data line came, the empty line has not */
    uint32_t number;
    uint64_t time;    /* of that data line */
    uint32_t carried; /* bytes of an incomplete line */
    char *carry;
    uint64_t delivered;
    uint64_t order; /* hash over the numbers in their order */
    uint64_t sum;   /* of the numbers */
};

/* Where a stream goes on from. Only with --storm. */
#define LOAD_ID_SIZE 64
struct stream_id {
    char last[LOAD_ID_SIZE];    /* of the last event that was complete */
    char pending[LOAD_ID_SIZE]; /* of the one that is being read */
};

struct publisher {
    enum watched_kind kind;
    int fd;
    uint32_t waiting; /* requests without a reply */
    uint32_t first;   /* index of the oldest in sent_at */
    uint64_t *sent_at;
    char *out; /* requests not yet written */
    size_t out_size;
    size_t out_written;
    size_t out_capacity;
    char *in;
    size_t in_size;
    size_t in_capacity;
    bool armed; /* waits for EPOLLOUT too */
};

struct topic {
    uint32_t streams;   /* that are read */
    uint32_t published; /* all phases */
};

/* How far a message has come. */
struct progress {
    uint32_t number;
    uint32_t delivered;
};

#define LOAD_PROGRESS_SIZE 64     /* messages of a topic, a ring */
#define LOAD_PROGRESS_TOPICS 1024 /* with more topics it is not looked at */

/* The reader of old messages. */
struct behind {
    struct stream stream;
    uint32_t next;      /* number of the message it must get */
    uint64_t records;   /* read in all */
    uint64_t passes;    /* complete ones */
    uint64_t opened_ns; /* this pass */
    uint64_t ns;        /* complete passes */
};

struct load {
    struct settings settings;
    int epoll;
    struct stream *streams;
    struct stream_id *ids; /* NULL without --storm */
    struct publisher *publishers;
    struct topic *topics;
    struct progress *progress; /* LOAD_PROGRESS_SIZE for each topic, or NULL */
    struct behind behind;
    char *buffer; /* LOAD_READ_SIZE after the largest carry */
    uint32_t depth;
    uint32_t next_publisher;
    uint32_t live;
    uint32_t lost;   /* streams that the server has closed */
    bool may_lose;   /* the server may close streams now */
    bool recording;  /* latencies count */
    bool publishing; /* the phase goes on */

    /* since the phase's start */
    uint64_t started_ns;
    uint64_t published;
    uint64_t replied;
    uint64_t delivered;
    uint64_t expected;

    uint64_t failed; /* replies other than 2xx */
    struct histogram delivery;
    struct histogram first; /* delivery to the first of its streams */
    struct histogram last;  /* and to the last */
    struct histogram reply;

    struct phase_figures phases[PHASE_COUNT];
    uint64_t messages; /* of PHASE_MEASURE */
    uint64_t next_topic;
    uint64_t progress_ns; /* when something last happened */
    const char *broken;   /* why the run can't go on, or NULL */
};

void *zeroed(size_t count, size_t size); /* never NULL */

/* ---- phases (load_phases.c) ---- */

void phase_begin(struct load *l);
void phase_end(struct load *l, enum phase_kind kind);

/* One look at the sockets, for at most so long. */
void load_turn(struct load *l, int timeout_ms);

/* Publishes so many messages (UINT64_MAX: until the time), then waits until all has been answered and
 * delivered. */
void load_publish(struct load *l, uint64_t messages, uint64_t until_ns);

void phase_idle(struct load *l);
void phase_storm(struct load *l);
void phase_catch_up(struct load *l);
void streams_stall(struct load *l);

/* ---- streams ---- */

/* Opens all streams and waits for their response heads. */
void streams_open(struct load *l);
void stream_readable(struct load *l, struct stream *s);
void streams_close(struct load *l);
void stream_watch(struct load *l, struct stream *s);
void stream_unwatch(struct load *l, struct stream *s);

/* Takes what a stream has read: `bytes` hold what was carried, too. Returns what is left for the next time. */
size_t stream_take(struct load *l, struct stream *s, const char *bytes, size_t size);

/* NULL, or what is wrong: a stream lacks a message, or the order differs from its neighbours'. */
const char *streams_verify(const struct load *l);

void behind_open(struct load *l);
void behind_readable(struct load *l);

/* ---- publishers ---- */

void publishers_open(struct load *l);
void publishers_close(struct load *l);
bool publisher_send(struct load *l); /* one request; false when every connection is at its depth */
void publishers_flush(struct load *l);
void publisher_ready(struct load *l, struct publisher *p, uint32_t events);

int connect_to(const struct sockaddr_in *address); /* exits when it can't */
size_t path_format(const char *path, uint32_t topic, char *out, size_t size);

/* One line of JSON. */
void report(const struct load *l, const char *wrong);

#endif
