/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOPIC_TOPIC_H
#define BELFRY_COMMON_TOPIC_TOPIC_H

/* Checks the names of topics.
 *
 * A name is 1 to TOPIC_SIZE_MAX bytes of UTF-8 without control characters (U+0000 to U+001F,
 * U+007F). "*" is not a topic: it is the selector of all topics. Pure. */

#include "common/base/err.h"
#include "common/base/slice.h"

#define TOPIC_SIZE_MAX 1024

/* Returns OK, ERR_INVALID or ERR_TOO_LARGE. */
MUST_CHECK enum err topic_check(struct slice topic);

#endif
