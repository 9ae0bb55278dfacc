/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_ROSTER_JSON_H
#define BELFRY_BROKER_CORE_ROSTER_JSON_H

/* The roster as JSON, in pages: what edges and operators are answered. Pure.
 *
 * A page that is not the last one has "more":true and a `next` from which to go on,
 * "<term>-<number>": the order is that of a broker's life. */

#include "broker/core/roster.h"
#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdint.h>

/* A page ends when it has so many bytes: an answer may have twice as many (REPLY_TEXT_MAX), and
 * no member is that large. */
#define ROSTER_PAGE_BYTES (512u << 10)

struct roster_page {
    uint64_t term;  /* of the broker */
    uint64_t after; /* a member's number, 0 = from the begin */
    uint64_t limit; /* members, at least 1 */
};

/* What a `next` says; empty: from the begin. ERR_INVALID; ERR_UNKNOWN: of another term. */
MUST_CHECK enum err roster_page_after(struct slice text, struct roster_page *page);

/* {"topic":…,"count":…,"members":[{"member":…,"payload":…},…],"more":true,"next":"3-17"}
 * `topic` is shown; `selector` is its text in the roster. */
void roster_write_members(const struct roster *r, struct slice topic, struct slice selector,
                          const struct roster_page *page, struct buf *out);

/* {"version":"3.204",
 *  "subscriptions":[{"selector":…,"subscriber":"urn:uuid:…","payload":"…"},…],"more":false}
 * Of one selector, or of all (absent). The version is another one as soon as any of this changes.
 * A payload is JSON in a string, so that nobody changes a byte of it. */
void roster_write_subscriptions(const struct roster *r, struct slice selector,
                                const struct roster_page *page, struct buf *out);

/* The same with one subscription. ERR_NOT_FOUND. */
MUST_CHECK enum err roster_write_subscription(const struct roster *r, struct slice selector,
                                              const struct subscriber_uuid *subscriber,
                                              uint64_t term, struct buf *out);

#endif
