/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_ROSTER_JSON_H
#define BELFRY_BROKER_CORE_ROSTER_JSON_H

/* Pages of the roster as JSON, for the replies to edges and operators. Pure.
 *
 * A page that is not the last one has "more":true, and a `next` for the request of the next page:
 * "<term>-<number>". The order of the members is valid within one term of the broker. */

#include "broker/core/roster.h"
#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdint.h>

/* Size at which a page ends. A reply may be twice as large (REPLY_TEXT_MAX), so the last member of
 * the page always fits. */
#define ROSTER_PAGE_BYTES (512u << 10)

struct roster_page {
    uint64_t term;  /* of the broker */
    uint64_t after; /* a member's number, 0 = from the beginning */
    uint64_t limit; /* number of members, at least 1 */
};

/* Sets page->after from the `next` of a page; empty text means the beginning. ERR_INVALID;
 * ERR_UNKNOWN: `next` is from another term than page->term. */
MUST_CHECK enum err roster_page_after(struct slice text, struct roster_page *page);

/* Writes a page of the members of a topic:
 *
 * {"topic":…,"count":…,"members":[{"member":…,"payload":…},…],"more":true,"next":"3-17"}
 *
 * `topic` is the name that is written; `selector` is its text in the roster. */
void roster_write_members(const struct roster *r, struct slice topic, struct slice selector,
                          const struct roster_page *page, struct buf *out);

/* Writes a page of the subscriptions of one selector, or of all (absent):
 *
 * {"version":"3.204",
 *  "subscriptions":[{"selector":…,"subscriber":"urn:uuid:…","payload":"…"},…],"more":false}
 *
 * The version changes whenever any subscription changes. A payload is JSON in a string, so that its
 * bytes stay as they are. */
void roster_write_subscriptions(const struct roster *r, struct slice selector,
                                const struct roster_page *page, struct buf *out);

/* Writes the same object with one subscription. ERR_NOT_FOUND: there is none, and nothing is
 * written. */
MUST_CHECK enum err roster_write_subscription(const struct roster *r, struct slice selector,
                                              const struct subscriber_uuid *subscriber,
                                              uint64_t term, struct buf *out);

#endif
