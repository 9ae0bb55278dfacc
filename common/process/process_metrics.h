/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_PROCESS_PROCESS_METRICS_H
#define BELFRY_COMMON_PROCESS_PROCESS_METRICS_H

/* Writes the standard process metrics of Prometheus, such as process_cpu_seconds_total.
 *
 * Values that the system does not provide are omitted. */

#include "common/process/metrics.h"

void process_metrics(struct metrics *m);

#endif
