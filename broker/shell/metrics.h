/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_SHELL_METRICS_H
#define BELFRY_BROKER_SHELL_METRICS_H

/* Writes the broker's metrics (deploy/docs/metrics.md). Pure. */

#include "broker/core/broker.h"
#include "common/process/metrics.h"

#include <stdbool.h>

/* Writes the metrics. `ready` is what /readyz reports: publishes can be stored. */
void broker_metrics(struct metrics *m, const struct broker *b, bool ready);

#endif
