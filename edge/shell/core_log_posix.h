/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_CORE_LOG_POSIX_H
#define BELFRY_EDGE_SHELL_CORE_LOG_POSIX_H

/* Writes the core's reports to the edge's own log (of diagnostics, not of messages). */

#include "common/process/log.h"
#include "edge/core/edge.h"

/* Writes a report as a line. */
void core_log_write(const struct log *log, const struct edge *edge,
                    const struct edge_report *report);

#endif
