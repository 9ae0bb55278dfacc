/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_OPERATOR_COMMAND_UV_H
#define BELFRY_EDGE_SHELL_OPERATOR_COMMAND_UV_H

/* Operators' commands to an edge (EDGE_COMMAND). The reply is JSON, or one line of text with an
 * error.
 *
 *   "clients"     {"clients":[{"id":…,…}],"next":number}
 *   "disconnect"  {"disconnected":number,"upto":number,"next":number}
 *   "drain", "undrain"   {"draining":true,"streams":number,"window_ms":number}
 *   "log-level"   {"level":"info","before":"debug"}
 *
 * The last page of clients has no "next".
 *
 * Threads: all functions run on the loop's thread. */

#include "common/process/log.h"
#include "edge/core/edge.h"
#include "edge/shell/conn_set_uv.h"
#include "edge/shell/drain_uv.h"

struct operator_command_config {
    struct edge *edge;
    uint64_t incarnation;
    struct conn_set *conns;
    struct drain *drain;
    struct log *log;
    uint64_t window_ms; /* drain window */
};

/* Executes an EDGE_COMMAND and replies with edge_command_reply(). */
void operator_command_execute(const struct operator_command_config *config,
                              const struct edge_action *action);

#endif
