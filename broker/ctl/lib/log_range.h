/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_LOG_RANGE_H
#define BELFRY_BROKER_CTL_LIB_LOG_RANGE_H

/* Where the log stands, of the broker's reply to "stats". */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/wire/event_id.h"

#include <stdint.h>

struct log_range {
    struct epoch epoch;
    uint64_t head;
    uint64_t oldest;
};

/* ERR_MALFORMED: no such reply. */
MUST_CHECK enum err log_range_read(struct slice json, struct log_range *out);

#endif
