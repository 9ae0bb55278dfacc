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
#define LOAD_PROCESSES_MAX 16
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

/* A server process that is watched. */
struct process {
    char name[32];
    pid_t pid;
    uint64_t cpu_start_ns;
    uint64_t cpu_open_ns; /* spent while the streams were opened */
    uint64_t cpu_ns;      /* spent in the measured phase */
    uint64_t pss_before;  /* bytes, before the streams were opened */
    uint64_t pss_after;   /* and when they were idle */
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
    struct process processes[LOAD_PROCESSES_MAX];
    size_t process_count;
};

/* Exits with a message when an argument is wrong. */
void settings_parse(struct settings *settings, int argc, char **argv);

/* ---- the run ---- */

enum watched_kind { WATCHED_STREAM, WATCHED_PUBLISHER };

struct stream {
    enum watched_kind kind; /* first: epoll's pointer tells which it is */
    int fd;
    uint32_t topic;
    bool live;     /* its response head has come */
    bool has_data; /* a data line came, the empty line has not */
    uint64_t time; /* of that data line */
    uint32_t number;
    uint32_t carried; /* bytes of an incomplete line */
    char *carry;
    uint64_t delivered;
    uint64_t order; /* hash over the numbers in their order */
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
    char in[8192];
    size_t in_size;
    bool armed; /* waits for EPOLLOUT too */
};

struct topic {
    uint32_t streams;
    uint32_t published; /* all phases */
};

struct load {
    struct settings settings;
    int epoll;
    struct stream *streams;
    struct publisher *publishers;
    struct topic *topics;
    char *buffer; /* LOAD_READ_SIZE after the largest carry */
    uint32_t depth;
    uint32_t next_publisher;
    uint32_t live;

    /* since the phase's start */
    uint64_t started_ns;
    uint64_t published;
    uint64_t replied;
    uint64_t delivered;
    uint64_t expected;
    uint64_t failed; /* replies other than 2xx */
    struct histogram delivery;
    struct histogram reply;

    uint64_t next_topic;
    uint64_t progress_ns; /* when something last happened */
    const char *broken;   /* why the run can't go on, or NULL */
};

/* Opens all streams and waits for their response heads. */
void streams_open(struct load *l);
void stream_readable(struct load *l, struct stream *s);
void streams_close(struct load *l);

/* NULL, or what is wrong: a stream lacks a message, or the order differs from its neighbours'. */
const char *streams_verify(const struct load *l);

void publishers_open(struct load *l);
void publishers_close(struct load *l);
bool publisher_send(struct load *l); /* one message; false when every connection is at its depth */
void publishers_flush(struct load *l);
void publisher_ready(struct load *l, struct publisher *p, uint32_t events);

int connect_to(const struct sockaddr_in *address); /* exits when it can't */
size_t path_format(const char *path, uint32_t topic, char *out, size_t size);

#endif
