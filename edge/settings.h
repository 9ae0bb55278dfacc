/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SETTINGS_H
#define BELFRY_EDGE_SETTINGS_H

/* belfry-edge's options: the table, and what is made of them. Pure. */

#include "common/options.h"
#include "edge/edge.h"

#include <stdbool.h>
#include <stdint.h>

struct settings {
    const char *broker;
    const char *name;
    const char *listen;
    uint64_t listen_fd; /* 0 = none: it is never the standard input */
    bool reuse_port;
    const char *ops; /* "" = none */
    uint64_t tail_bytes;
    uint64_t warm_records;
    uint64_t heartbeat_ms;
    uint64_t deadline_ms;
    uint64_t streams;
    uint64_t stream_topics;
    uint64_t body_bytes;
    uint64_t record_bytes;
    uint64_t retry_ms;
    uint64_t request_ms;
    uint64_t idle_ms;
    uint64_t write_ms;
    uint64_t drain_ms;
    uint64_t send_buffer;
    int log_level; /* enum log_level */
    bool version;
};

const struct option_table *settings_table(void);

/* The core's part; incarnation, name, address and hash key are left to the shell. */
void settings_edge(const struct settings *settings, struct edge_config *out);

#define SETTINGS_HOST_SIZE 256

/* "host:port" or "[v6]:port". ERR_INVALID. */
MUST_CHECK enum err settings_endpoint(const char *text, char out_host[SETTINGS_HOST_SIZE],
                                      uint16_t *out_port);

#endif
