/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_MERCURE_MERCURE_SUBSCRIPTIONS_H
#define BELFRY_EDGE_MERCURE_MERCURE_SUBSCRIPTIONS_H

/* Mercure's subscription API: the addresses and documents of subscriptions, in both dialects.
 * Pure.
 *
 *            legacy                               modern
 *   all      /.well-known/mercure/subscriptions   the same
 *   some     …/{topic}                            …/{match_type}/{match}
 *   one      …/{topic}/{subscriber}               …/{match_type}/{match}/{subscriber}
 *
 * Each part is percent-encoded once. A match type is exact, urlpattern, or template for the
 * older dialect's URI templates; "*" is exact. The older dialect cannot express a URL pattern,
 * nor an exact topic that looks like a template: its documents leave them out. */

#include "common/base/buf.h"
#include "common/base/slice.h"
#include "common/topic/selector.h"
#include "edge/core/edge.h"

#include <stdbool.h>
#include <stddef.h>

#define MERCURE_SUBSCRIPTIONS_PATH "/.well-known/mercure/subscriptions"

struct mercure_subscription {
    struct selector selector;
    struct slice subscriber; /* urn:uuid:… */
    struct slice payload;    /* JSON, or absent */
    bool active;
};

/* Parses the text of a selector. Returns false if the dialect cannot express it. */
bool mercure_subscription_names(struct slice text, bool modern, struct selector *out);

/* Appends the subscription's address, which is also the topic of its events. */
void mercure_subscription_id(const struct mercure_subscription *s, bool modern, struct buf *out);

/* Appends the subscription's document: the data of an event, or a response (then with a
 * last_event_id in the older dialect). */
void mercure_subscription_write(const struct mercure_subscription *s, bool modern,
                                struct slice last_event_id, struct buf *out);

/* Writes the event for a subscription that begins or ends (edge_config.describe). Returns false
 * if the dialect cannot express its selector. */
bool mercure_subscription_event(const struct wire_presence *presence, enum watch dialect,
                                struct subscription_event *out);

struct mercure_collection {
    bool modern;
    struct slice id;            /* the requested address */
    struct slice last_event_id; /* only written in the older dialect */
    struct slice next;          /* address of the next page; absent: this is the last one */
};

/* Append the beginning and the end of a collection. Between them the caller appends the documents,
 * separated by commas. */
void mercure_collection_begin(const struct mercure_collection *c, struct buf *out);
void mercure_collection_end(struct buf *out);

/* ---- addresses ---- */

/* What decides the dialect of a request: its token, or the path if there is none. */
enum mercure_reading { MERCURE_READ_LEGACY, MERCURE_READ_MODERN, MERCURE_READ_PATH };

struct mercure_address {
    bool modern;
    struct buf bytes;        /* what the slices point into */
    struct slice selector;   /* its text; absent: all */
    struct slice subscriber; /* absent: all of the selector */
};

/* Returns whether the path belongs to the modern dialect. Such a path has three parts after
 * MERCURE_SUBSCRIPTIONS_PATH, or two of which the first is a match type and the second is not a
 * subscriber. */
bool mercure_path_is_modern(struct slice path);

/* Parses a path, not decoded, that begins with MERCURE_SUBSCRIPTIONS_PATH. `hub_url` is the base
 * of URL patterns. Returns 0, and *out must be cleared; or 400, 404 or 503 with a reason of one
 * line. */
int mercure_address_parse(struct slice path, enum mercure_reading reading, struct slice hub_url,
                          struct mercure_address *out, const char **out_reason);
void mercure_address_clear(struct mercure_address *a);

#endif
