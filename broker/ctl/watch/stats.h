/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_WATCH_STATS_H
#define BELFRY_BROKER_CTL_WATCH_STATS_H

/* `belfry stats`: the broker's counters and its edges; `belfry edges`: only the edges. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

/* argv[0] is the command's name. Return the exit status (broker/ctl/lib/cli.h). */
int stats_main(int argc, char **argv);
int edges_main(int argc, char **argv);

/* Append the broker's JSON as text for people. Values that an older broker does not send are shown
 * as "-". Return ERR_MALFORMED if the text is not a JSON object. */
MUST_CHECK enum err stats_table(struct slice json, struct buf *out);
MUST_CHECK enum err stats_edges(struct slice json, struct buf *out);

/* Appends only the array of edges, as JSON. Returns ERR_MALFORMED. */
MUST_CHECK enum err stats_edges_json(struct slice json, struct buf *out);

#endif
