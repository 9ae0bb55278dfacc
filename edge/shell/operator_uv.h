/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_OPERATOR_UV_H
#define BELFRY_EDGE_SHELL_OPERATOR_UV_H

/* What operators ask of an edge (EDGE_COMMAND) and what it answers: JSON, or one line with an error.
 *
 *   "clients"     {"clients":[{"id":…,…}],"next":number}     without "next" it was the last page
 *   "disconnect"  {"disconnected":number,"upto":number,"next":number}
 *   "drain", "undrain"   {"draining":true,"streams":number,"window_ms":number}
 *   "log-level"   {"level":"info","before":"debug"}
 *
 * One thread: the loop's. */

#include "common/process/log.h"
#include "edge/core/edge.h"
#include "edge/shell/conn_set_uv.h"
#include "edge/shell/drain_uv.h"

struct operator_config {
    struct edge *edge;
    uint64_t incarnation;
    struct conn_set *conns;
    struct drain *drain;
    struct log *log;
    uint64_t window_ms; /* of a drain */
};

/* Carries the command out and answers it with edge_command_reply(). */
void operator_command(const struct operator_config *config, const struct edge_action *action);

#endif
