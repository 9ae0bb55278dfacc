/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_WATCH_TAIL_H
#define BELFRY_BROKER_CTL_WATCH_TAIL_H

/* `belfry tail [TOPIC...]`: the newest records and then those that come, from the broker itself:
 * with times, with private ones, and without an edge. */

#include "common/base/err.h"
#include "common/wire/event_id.h"

#include <stdint.h>

int tail_main(int argc, char **argv);

/* A place as operators write it: an event id of this log, or only its offset. ERR_INVALID;
 * ERR_EPOCH: an id of another log. */
MUST_CHECK enum err tail_position(const char *text, struct epoch epoch, uint64_t *out);

#endif
