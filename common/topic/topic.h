/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOPIC_TOPIC_H
#define BELFRY_COMMON_TOPIC_TOPIC_H

/* What may be a topic's name: 1 to TOPIC_SIZE_MAX bytes of UTF-8 without control characters
 * (U+0000 to U+001F, U+007F). "*" is the selector of every topic and no topic itself. */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>

#define TOPIC_SIZE_MAX 1024

/* OK, ERR_INVALID or ERR_TOO_LARGE. */
MUST_CHECK enum err topic_check(struct slice topic);

/* A selector names what a stream listens to: a topic, or "*". */
MUST_CHECK enum err selector_check(struct slice selector);
bool selector_is_all(struct slice selector);

#endif
