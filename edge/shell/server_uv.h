/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_SERVER_UV_H
#define BELFRY_EDGE_SHELL_SERVER_UV_H

/* The server of an edge: one loop with the core and its sockets to clients and to the broker. */

#include "common/base/err.h"
#include "common/http/endpoint.h"
#include "common/process/log.h"
#include "edge/access/limits.h"
#include "edge/access/token_verifier_openssl.h"
#include "edge/core/edge.h"
#include "edge/shell/conn_uv.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct server_config {
    const char *broker;       /* base address, common/wire/bus_address.h */
    const char *name;         /* name in the operator's tools; "": the address */
    const char *listen;       /* addresses to bind, comma-separated; "": none */
    int listen_fd;            /* inherited listening socket, or -1 */
    bool reuse_port;          /* SO_REUSEPORT on the addresses to bind */
    uint32_t send_buffer;     /* SO_SNDBUF; 0: the system's default */
    struct endpoint ops;      /* where health and metrics are served */
    uint32_t drain_window_ms; /* time over which streams are closed after SIGTERM */
    uint64_t files;           /* maximum number of descriptors of this process */
    struct edge_config edge;  /* without incarnation, name, address, software, hash_key */
    struct conn_config conn;
    struct token_verifier_config keys; /* without keys, everybody may do everything */
    bool public; /* without keys, addresses that other machines can reach are allowed too */
    struct limits_config limits;
    struct log log;
};

#define SERVER_REASON_SIZE 512

/* Runs the server until SIGINT, or until the end of the drain that SIGTERM starts; a second SIGTERM
 * ends it immediately. SIGHUP reads the key file again. The configuration must outlive the run.
 * Returns an error if the server cannot start: `reason` is then one line for the operator. */
MUST_CHECK enum err server_run(const struct server_config *config, char reason[SERVER_REASON_SIZE]);

#endif
