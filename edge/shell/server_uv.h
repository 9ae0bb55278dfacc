/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_SERVER_UV_H
#define BELFRY_EDGE_SHELL_SERVER_UV_H

/* The edge's shell: sockets to clients and to the broker around the core, in one loop. */

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
    const char *name;         /* the operator's label; "": the address */
    const char *listen;       /* addresses to bind, comma-separated; "": none */
    int listen_fd;            /* an inherited listening socket; -1: none */
    bool reuse_port;          /* SO_REUSEPORT on those we bind */
    uint32_t send_buffer;     /* SO_SNDBUF, 0: the kernel's choice */
    struct endpoint ops;      /* where health and metrics are served */
    uint32_t drain_window_ms; /* a SIGTERM's streams are closed over this time */
    uint64_t files;           /* descriptors that this process may have */
    struct edge_config edge;  /* without incarnation, name, address, software, hash_key */
    struct conn_config conn;
    struct token_verifier_config keys; /* without any everybody may do everything … */
    bool public; /* … and that is meant, also where other machines can reach it */
    struct limits_config limits;
    struct log log;
};

#define SERVER_REASON_SIZE 512

/* Runs until SIGINT, or until SIGTERM and the end of its drain; a second SIGTERM ends it at once. SIGHUP: the key file
 * is read again. The configuration must outlive the run. When it can't start: an error, and `reason` is one line for
 * the operator. */
MUST_CHECK enum err server_run(const struct server_config *config, char reason[SERVER_REASON_SIZE]);

#endif
