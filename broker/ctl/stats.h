/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_STATS_H
#define BELFRY_BROKER_CTL_STATS_H

/* `belfry stats [--json] [--broker ADDRESS]`: what the broker counts and the edges that it knows. */

#include "common/buf.h"
#include "common/err.h"
#include "common/slice.h"

/* argv[0] is the command's name. Returns the exit status: 1 when there is no answer, with one line on
 * standard error; 2 for a wrong command line. */
int stats_main(int argc, char **argv);

/* The broker's JSON as text for people. What is missing (an older broker) shows as "-". ERR_MALFORMED when it
 * is no JSON object. */
MUST_CHECK enum err stats_table(struct slice json, struct buf *out);

#endif
