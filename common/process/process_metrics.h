/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_PROCESS_PROCESS_METRICS_H
#define BELFRY_COMMON_PROCESS_PROCESS_METRICS_H

/* This process's own figures under the names that Prometheus gives them everywhere:
 * process_cpu_seconds_total and the like. What the system does not tell is left out. In
 * process_metrics_posix.c. */

#include "common/process/metrics.h"

void process_metrics(struct metrics *m);

#endif
