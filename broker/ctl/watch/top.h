/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_WATCH_TOP_H
#define BELFRY_BROKER_CTL_WATCH_TOP_H

/* `belfry top`: rates, edges and busy topics, updated periodically. A sample holds the broker's
 * replies to "stats" and "topics" at one moment; two samples give the rates. A frame is the text of
 * a screen. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* argv[0] is the command's name. Returns the exit status (broker/ctl/lib/cli.h). */
int top_main(int argc, char **argv);

#define TOP_NAME_SIZE 128
#define TOP_EDGES_MAX 1024
#define TOP_TOPICS_MAX 1000 /* maximum that a broker returns at a time */

struct top_edge {
    char name[TOP_NAME_SIZE];
    char address[TOP_NAME_SIZE];
    char incarnation[24];
    double streams;
    double delivered;
    double published;
    double lag;     /* records of the log that the edge does not have yet */
    double fetches; /* number of fetches */
    double seen_ms; /* time since the broker last received a frame from it */
};

struct top_topic {
    char name[TOP_NAME_SIZE];
    double records;
};

/* 500 kB: allocate it on the heap. */
struct top_sample {
    uint64_t taken_ms; /* monotonic clock */
    char software[TOP_NAME_SIZE];
    char epoch[16];
    double term;
    double uptime_ms;
    double head;
    double oldest;
    double record_bytes;
    double file_bytes;
    double stored; /* publishes stored since the broker started */
    double rate;   /* publishes per second, measured by the broker */
    double p50_us; /* median of the commit times */
    double p99_us;
    double failed_commits;
    double duplicates;
    double refused;
    double dropped;
    double malformed;
    size_t edge_count;
    struct top_edge edges[TOP_EDGES_MAX];
    size_t topic_count;
    bool more_topics; /* there are more than TOP_TOPICS_MAX */
    struct top_topic topics[TOP_TOPICS_MAX];
};

/* Read a reply. Members that an older broker does not send are 0. Return ERR_MALFORMED. */
MUST_CHECK enum err top_read_stats(struct slice json, struct top_sample *out);
MUST_CHECK enum err top_read_topics(struct slice json, struct top_sample *out);

enum top_sort { TOP_BY_STREAMS, TOP_BY_NAME, TOP_BY_LAG, TOP_SORTS };

/* Rates between two samples. Without a sample before, the broker's own rate is used, and edges have
 * no rates. */
struct top_rates {
    double publishes; /* per second */
    double deliveries;
    double streams;
};

/* `before` may be NULL. */
struct top_rates top_rates(const struct top_sample *before, const struct top_sample *now);

/* Appends at most `height` lines of at most `width` characters; 0 = no limit. Sorts the edges and
 * topics of the samples in place. */
void top_frame(struct top_sample *before, struct top_sample *now, enum top_sort sort, size_t width,
               size_t height, struct buf *out);

/* Appends one line of JSON. */
void top_json(const struct top_sample *before, const struct top_sample *now, struct buf *out);

#endif
