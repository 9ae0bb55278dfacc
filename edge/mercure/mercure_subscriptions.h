/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_MERCURE_MERCURE_SUBSCRIPTIONS_H
#define BELFRY_EDGE_MERCURE_MERCURE_SUBSCRIPTIONS_H

/* Who listens to what, as Mercure shows it: addresses and documents, in both dialects. Pure.
 *
 *            legacy                               modern
 *   all      /.well-known/mercure/subscriptions   the same
 *   some     …/{topic}                            …/{match_type}/{match}
 *   one      …/{topic}/{subscriber}               …/{match_type}/{match}/{subscriber}
 *
 * Each part is percent-encoded once. A match type is exact, urlpattern, or template for the older dialect's URI
 * templates; "*" is exact. The older dialect has no words for a URL pattern, nor for a topic that looks like a template
 * and is none: its documents don't tell of them. */

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

/* Takes the text of a selector; false when the dialect has no words for it. */
bool mercure_subscription_names(struct slice text, bool modern, struct selector *out);

/* Appends the subscription's address, which is also the topic of its events. */
void mercure_subscription_id(const struct mercure_subscription *s, bool modern, struct buf *out);

/* Appends its document: the data of an event, or (with a last_event_id, which only the older dialect has) an answer. */
void mercure_subscription_write(const struct mercure_subscription *s, bool modern,
                                struct slice last_event_id, struct buf *out);

/* Describes a subscription that begins or ends as the event that tells of it (edge_config.describe). Returns false if
 * the dialect has no words for its selector. */
bool mercure_subscription_event(const struct wire_presence *presence, enum watch dialect,
                                struct subscription_event *out);

struct mercure_collection {
    bool modern;
    struct slice id;            /* the address that was asked for */
    struct slice last_event_id; /* shown in the older dialect */
    struct slice next;          /* the address of the next page; absent: this is the last one */
};

/* Appends the begin of a collection; then each document with a comma between; then the end. */
void mercure_collection_begin(const struct mercure_collection *c, struct buf *out);
void mercure_collection_end(struct buf *out);

/* ---- addresses ---- */

/* How a request's dialect is told: that of its token, or by the path when there is none. */
enum mercure_reading { MERCURE_READ_LEGACY, MERCURE_READ_MODERN, MERCURE_READ_PATH };

struct mercure_address {
    bool modern;
    struct buf bytes;        /* what the slices point into */
    struct slice selector;   /* its text; absent: all */
    struct slice subscriber; /* absent: all of the selector */
};

/* Whether such a path is the modern dialect's: three parts; or two of which the first is a match type and the second
 * no subscriber. */
bool mercure_path_is_modern(struct slice path);

/* Takes a path as it was sent, that begins with MERCURE_SUBSCRIPTIONS_PATH. `hub_url`: of URL patterns. Returns 0, and
 * *out is to be cleared; or 400, 404 with a reason of one line. */
int mercure_address_parse(struct slice path, enum mercure_reading reading, struct slice hub_url,
                          struct mercure_address *out, const char **out_reason);
void mercure_address_clear(struct mercure_address *a);

#endif
