/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_WATCH_STATS_H
#define BELFRY_BROKER_CTL_WATCH_STATS_H

/* `belfry stats [--json] [--broker ADDRESS]`: what the broker counts and the edges that it knows.
 * `belfry edges [--json] [--broker ADDRESS]`: these alone. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

/* argv[0] is the command's name. Return the exit status (broker/ctl/lib/cli.h). */
int stats_main(int argc, char **argv);
int edges_main(int argc, char **argv);

/* The broker's JSON as text for people. What is missing (an older broker) shows as "-".
 * ERR_MALFORMED when it is no JSON object. */
MUST_CHECK enum err stats_table(struct slice json, struct buf *out);
MUST_CHECK enum err stats_edges(struct slice json, struct buf *out);

/* The array of edges alone, as JSON. ERR_MALFORMED. */
MUST_CHECK enum err stats_edges_json(struct slice json, struct buf *out);

#endif
