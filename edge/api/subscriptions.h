/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_API_SUBSCRIPTIONS_H
#define BELFRY_EDGE_API_SUBSCRIPTIONS_H

/* What the broker answers to "subscriptions" (broker/core/roster_json.h), taken apart. Pure; JSON is in
 * subscriptions_jansson.c. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

#include <stddef.h>

struct subscription_entry {
    struct slice selector; /* its text, see common/topic/matcher.h */
    struct slice subscriber;
    struct slice payload; /* JSON, or absent */
};

struct subscription_page {
    struct subscription_entry *entries;
    size_t count;
    struct slice version;
    struct slice next; /* absent: this is the last page */
    struct buf bytes;  /* what the slices point into */
};

/* Reads an answer. ERR_MALFORMED, ERR_NO_MEMORY. *out is to be cleared, except after a failure. */
MUST_CHECK enum err subscriptions_read_json(struct slice text, struct subscription_page *out);
void subscriptions_clear(struct subscription_page *page);

#endif
