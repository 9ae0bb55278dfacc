/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_HUB_HISTORY_H
#define BELFRY_BROKER_CTL_HUB_HISTORY_H

/* `belfry history [TOPIC...]`: a page of stored records, from an edge. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

/* argv[0] is the command's name. Returns the exit status (broker/ctl/lib/cli.h). */
int history_main(int argc, char **argv);

/* Appends an edge's page as lines for people. Replaces the text of `out_before` with the id for
 * --before that gives the preceding page; empty if there is none. Returns ERR_MALFORMED if the text
 * is not a page. */
MUST_CHECK enum err history_text(struct slice json, struct buf *out, struct buf *out_before);

#endif
