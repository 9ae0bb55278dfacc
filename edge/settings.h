/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SETTINGS_H
#define BELFRY_EDGE_SETTINGS_H

/* The options of belfry-edge: their table, and the configurations made from them. Pure. */

#include "common/http/address.h"
#include "common/process/options.h"
#include "common/token/jws.h"
#include "common/topic/selector.h"
#include "edge/access/limits.h"
#include "edge/core/edge.h"

#include <stdbool.h>
#include <stdint.h>

/* The values of the options. The table in settings.c describes each of them. */
struct settings {
    const char *broker;
    const char *name;
    const char *listen;
    const char *public_url;
    uint64_t listen_fd; /* 0: none; an inherited socket is never the standard input */
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
    const char *jwt_key; /* "" = none, as for the following strings */
    const char *jwt_key_file;
    int jwt_algorithm; /* 0: any, otherwise enum jws_alg + 1 */
    const char *jwt_issuer;
    const char *jwt_audience;
    uint64_t jwt_leeway_ms;
    uint64_t token_cache_bytes;
    bool allow_anonymous;
    bool mercure_subscriptions;
    const char *cookie_name;
    const char *cors_origins;
    const char *publish_origins;
    uint64_t address_streams;
    uint64_t subject_streams;
    uint64_t publish_rate;
    uint64_t publish_burst;
    uint64_t ephemeral_rate;
    const char *trusted_proxy;
    uint64_t canary_ms;
    int log_level;  /* enum log_level */
    int log_format; /* enum log_format */
    bool version;
};

/* Returns the table of all options. */
const struct option_table *settings_table(void);

/* Sets the part of the core's configuration that options decide. main.c sets `describe`; the shell
 * sets incarnation, name, address, software and hash key. */
void settings_edge(const struct settings *settings, struct edge_config *out);

/* Returns the value of --jwt-algorithm. */
enum jws_alg settings_algorithm(const struct settings *settings);
/* Returns the limits per client address and per token subject. */
struct limits_config settings_limits(const struct settings *settings);

/* Checks what options_arguments() cannot check, and sets *out_proxies from --trusted-proxy.
 * ERR_INVALID: `reason` is one line that names the option. */
MUST_CHECK enum err settings_check(const struct settings *settings, struct networks *out_proxies,
                                   char reason[OPTIONS_REASON_SIZE]);

/* Writes the URL of Mercure's hub as clients know it. ERR_TOO_LARGE: --public-url is too long. */
MUST_CHECK enum err settings_hub_url(const struct settings *settings,
                                     char out[SELECTOR_BASE_MAX + 1]);

#endif
