/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_TESTS_BENCH_LOAD_H
#define BELFRY_TESTS_BENCH_LOAD_H

/* The load generator: opens N event streams over T topics, publishes over HTTP, and checks that
 * every stream gets every message of its topic exactly once, and that all streams of a topic get
 * the messages in the same order.
 *
 * One thread, one epoll. A message's data is `time`, 16 hex digits of CLOCK_MONOTONIC in ns, then
 * `number`, 8 hex digits counted within the topic, then filler up to the configured size. */

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

/* ---- measurements ---- */

/* A histogram of durations with 32 buckets per power of two, so a percentile is exact to 3 %. */
struct histogram {
    uint64_t counts[64 * 32];
    uint64_t total;
};

void histogram_add(struct histogram *h, uint64_t ns);
uint64_t histogram_percentile(const struct histogram *h, double percent); /* ns; 0 if empty */

uint64_t clock_now_ns(void);

/* The phases of a run, in this order. Only OPEN and MEASURE are part of every run. */
enum phase_kind {
    PHASE_OPEN,     /* the streams are opened; with --resume they also catch up to the head */
    PHASE_IDLE,     /* --idle: nothing is published */
    PHASE_MEASURE,  /* messages are published */
    PHASE_STORM,    /* --storm: all streams are lost and reconnect */
    PHASE_CATCH_UP, /* --stalled: the stalled streams resume reading */
    PHASE_COUNT
};

/* The results of one phase. */
struct phase_figures {
    bool done;
    uint64_t ns;
    uint64_t delivered;
    uint64_t cpu_ns[LOAD_PROCESSES_MAX]; /* CPU time of each watched process */
};

/* A watched server process. */
struct process {
    char name[32];
    pid_t pid;
    uint64_t cpu_start_ns; /* CPU time at the start of the current phase */
    uint64_t pss_before;   /* bytes, before the streams were opened */
    uint64_t pss_idle;     /* bytes, after each stream was opened and used once */
    uint64_t pss_end;      /* bytes, after PHASE_MEASURE */
};

/* Returns the CPU time of a process: utime + stime of /proc/<pid>/stat, but in ns. */
uint64_t process_cpu_ns(pid_t pid);
uint64_t process_pss(pid_t pid); /* bytes, from /proc/<pid>/smaps_rollup; 0 if unreadable */

/* ---- settings ---- */

struct settings {
    struct sockaddr_in addresses[LOAD_ADDRESSES_MAX]; /* used in turn by streams and publishers */
    size_t address_count;
    uint32_t streams;
    uint32_t topics;     /* stream i subscribes to topic i % topics */
    uint32_t publishers; /* connections */
    uint32_t inflight;   /* maximum messages without reply or not delivered; 1 = lock step */
    double rate;         /* messages per second; 0 = as fast as `inflight` allows */
    uint64_t messages;   /* number of messages in PHASE_MEASURE; 0 = for `seconds` */
    double seconds;
    uint32_t warmup;            /* number of messages before PHASE_MEASURE */
    uint32_t size;              /* bytes of a message's data */
    double deadline;            /* seconds without progress after which the run fails */
    const char *subscribe_path; /* "{topic}" is replaced by the topic's number */
    const char *publish_path;
    uint32_t batch;         /* records per request; 1: a plain body, otherwise NDJSON */
    const char *topic_name; /* in NDJSON; "{topic}" as above */
    bool any_status;        /* publishes may be refused, and deliveries are not checked */

    const char *resume; /* the streams' first Last-Event-ID, or NULL */
    uint32_t expect;    /* number of old messages that each stream then gets first */
    double idle;        /* seconds of PHASE_IDLE */

    uint32_t stalled;       /* number of streams that read nothing during PHASE_MEASURE */
    uint64_t stalled_burst; /* messages published after they stall, before PHASE_MEASURE */

    /* Streams use the first address, publishers the last. After PHASE_MEASURE all streams are lost
     * and reconnect to the last address. */
    bool storm;
    pid_t storm_pid; /* process to kill for the storm; 0: the generator closes the streams */
    uint32_t missed; /* messages published while the streams are away */

    /* One more stream, which reads old messages again and again during PHASE_MEASURE. */
    const char *behind_path;
    const char *behind_id; /* its Last-Event-ID */
    uint32_t behind;       /* number of messages per pass; 0: no such stream */
    struct process processes[LOAD_PROCESSES_MAX];
    size_t process_count;
};

/* Exits with a message if an argument is invalid. */
void settings_parse(struct settings *settings, int argc, char **argv);

/* ---- the run ---- */

enum watched_kind { WATCHED_STREAM, WATCHED_PUBLISHER, WATCHED_BEHIND };

struct stream {
    enum watched_kind kind; /* the first member, so that epoll's pointer identifies the type */
    int fd;                 /* -1: not open */
    uint32_t topic;
    bool live;        /* the response head has arrived */
    bool stalled;     /* not read */
    bool has_data;    /* a data line has arrived, but not yet the empty line */
    uint32_t number;  /* in that data line */
    uint64_t time;    /* in that data line */
    uint32_t carried; /* bytes of an incomplete line */
    char *carry;
    uint64_t delivered;
    uint64_t order; /* hash of the sequence of numbers */
    uint64_t sum;   /* sum of the numbers */
};

/* The id from which a stream resumes. Only with --storm. */
#define LOAD_ID_SIZE 64
struct stream_id {
    char last[LOAD_ID_SIZE];    /* id of the last complete event */
    char pending[LOAD_ID_SIZE]; /* id of the event that is being read */
};

struct publisher {
    enum watched_kind kind;
    int fd;
    uint32_t waiting; /* number of requests without a reply */
    uint32_t first;   /* index of the oldest one in sent_at */
    uint64_t *sent_at;
    char *out; /* requests not yet written */
    size_t out_size;
    size_t out_written;
    size_t out_capacity;
    char *in;
    size_t in_size;
    size_t in_capacity;
    bool armed; /* also waits for EPOLLOUT */
};

struct topic {
    uint32_t streams;   /* number of streams that are read */
    uint32_t published; /* number of messages published in all phases */
};

/* The number of streams that have received a message. */
struct progress {
    uint32_t number;
    uint32_t delivered;
};

#define LOAD_PROGRESS_SIZE 64     /* messages per topic, in a ring */
#define LOAD_PROGRESS_TOPICS 1024 /* with more topics progress is not recorded */

/* The reader of old messages. */
struct behind {
    struct stream stream;
    uint32_t next;      /* number of the next expected message */
    uint64_t records;   /* number of messages read in all passes */
    uint64_t passes;    /* number of complete passes */
    uint64_t opened_ns; /* start of the current pass */
    uint64_t ns;        /* duration of the complete passes */
};

struct load {
    struct settings settings;
    int epoll;
    struct stream *streams;
    struct stream_id *ids; /* NULL without --storm */
    struct publisher *publishers;
    struct topic *topics;
    struct progress *progress; /* LOAD_PROGRESS_SIZE per topic, or NULL */
    struct behind behind;
    char *buffer; /* room for the largest carry and LOAD_READ_SIZE more bytes */
    uint32_t depth;
    uint32_t next_publisher;
    uint32_t live;
    uint32_t lost;   /* number of streams that the server has closed */
    bool may_lose;   /* the server may close streams now */
    bool recording;  /* latencies are recorded */
    bool publishing; /* the phase is still publishing */

    /* since the start of the phase */
    uint64_t started_ns;
    uint64_t published;
    uint64_t replied;
    uint64_t delivered;
    uint64_t expected;

    uint64_t failed; /* replies other than 2xx */
    struct histogram delivery;
    struct histogram first; /* delivery to the first stream of the topic */
    struct histogram last;  /* delivery to the last stream of the topic */
    struct histogram reply;

    struct phase_figures phases[PHASE_COUNT];
    uint64_t messages; /* number of messages in PHASE_MEASURE */
    uint64_t next_topic;
    uint64_t progress_ns; /* time of the last reply or delivery */
    const char *broken;   /* the reason why the run cannot continue, or NULL */
};

void *zeroed(size_t count, size_t size); /* never NULL */

/* ---- phases (load_phases.c) ---- */

void phase_begin(struct load *l);
void phase_end(struct load *l, enum phase_kind kind);

/* Waits for events on the sockets, at most `timeout_ms`, and handles them. */
void load_turn(struct load *l, int timeout_ms);

/* Publishes `messages` messages (UINT64_MAX: until `until_ns`), then waits until all of them have
 * a reply and are delivered. */
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

/* Parses bytes of a stream; `bytes` begin with the carried ones. Returns the number of bytes at
 * the end that are an incomplete line, to be carried. */
size_t stream_take(struct load *l, struct stream *s, const char *bytes, size_t size);

/* Returns NULL, or what is wrong: for example a missing message, or a different order. */
const char *streams_verify(const struct load *l);

void behind_open(struct load *l);
void behind_readable(struct load *l);

/* ---- publishers ---- */

void publishers_open(struct load *l);
void publishers_close(struct load *l);
/* Sends one request. Returns false if every connection has the maximum number of open requests. */
bool publisher_send(struct load *l);
void publishers_flush(struct load *l);
void publisher_ready(struct load *l, struct publisher *p, uint32_t events);

int connect_to(const struct sockaddr_in *address); /* exits if it fails */
size_t path_format(const char *path, uint32_t topic, char *out, size_t size);

/* Prints one line of JSON. `wrong` is the reason of a failure, or NULL. */
void report(const struct load *l, const char *wrong);

#endif
