/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_WATCH_TAIL_H
#define BELFRY_BROKER_CTL_WATCH_TAIL_H

/* `belfry tail [TOPIC...]`: the newest records, then new ones, from the broker itself. It shows the
 * times of records and includes private records. It needs no edge. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/wire/event_id.h"

#include <stdint.h>

/* argv[0] is the command's name. Returns the exit status (broker/ctl/lib/cli.h). */
int tail_main(int argc, char **argv);

/* ---- tail_position.c, pure ---- */

/* The log that the broker has now. */
struct tail_log {
    struct epoch epoch;
    uint64_t head;
    uint64_t oldest;
};

/* Reads the broker's reply to "stats". Returns ERR_MALFORMED if it does not describe a log. */
MUST_CHECK enum err tail_read_log(struct slice json, struct tail_log *out);

/* Reads a position as operators write it: an event id of this log, or only its offset. Returns
 * ERR_INVALID if it is neither, ERR_EPOCH if it is an id of another log. */
MUST_CHECK enum err tail_position(const char *text, struct epoch epoch, uint64_t *out);

#endif
