/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_API_ROSTER_PAGE_H
#define BELFRY_EDGE_API_ROSTER_PAGE_H

/* Parses a page of the broker's roster: the reply to "subscriptions". broker/core/roster_json.h
 * writes it. Pure. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

#include <stddef.h>

struct roster_entry {
    struct slice selector; /* its text, see common/topic/selector.h */
    struct slice subscriber;
    struct slice payload; /* JSON, or absent */
};

struct roster_page {
    struct roster_entry *entries;
    size_t count;
    struct slice version; /* changes when a subscription begins or ends */
    struct slice next;    /* cursor of the next page; absent on the last one */
    struct buf bytes;     /* owns the bytes of the slices */
};

/* Parses a reply. ERR_MALFORMED, ERR_NO_MEMORY. After a success the caller clears *out. */
MUST_CHECK enum err roster_page_read(struct slice text, struct roster_page *out);
void roster_page_clear(struct roster_page *page);

#endif
