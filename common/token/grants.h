/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOKEN_GRANTS_H
#define BELFRY_COMMON_TOKEN_GRANTS_H

/* What a token allows: the topics that its bearer may publish to and subscribe to.
 *
 * Grants are reference counted. common/token/claims.h makes them; they never change once they are
 * shared. Pure.
 *
 * Threads: one. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/topic/matcher.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GRANTS_MAX 1000           /* of each kind */
#define GRANTS_FOREVER UINT64_MAX /* an expiry time that never comes */

enum grant_kind { GRANT_PUBLISH, GRANT_SUBSCRIBE };
#define GRANT_KINDS 2

enum grant_match {
    GRANT_SELECTOR,   /* "*", a topic or a URI template: see common/topic/selector.h */
    GRANT_EXACT,      /* "*" or a topic */
    GRANT_URLPATTERN, /* "*" or a WHATWG URL Pattern */
};

struct grant {
    enum grant_match match;
    struct slice selector; /* as in the token, without a mark */
    struct slice payload;  /* compact JSON; absent if the grant has none of its own */
    struct matcher matcher;
};

struct grant_text; /* text that the grants own */

struct grant_list {
    struct grant *grants;
    size_t count;
    size_t room;  /* allocated entries */
    bool claimed; /* the token has such a list, even if it is empty */
};

struct grants {
    uint32_t refs;
    struct grant_list lists[GRANT_KINDS];
    struct slice payload; /* payload of all grants, compact JSON; or absent */
    struct slice subject; /* or absent */
    uint64_t exp_ms;      /* Unix time, or GRANTS_FOREVER */
    bool admin;           /* allows operators' commands */
    bool modern;          /* from authorization_details, not from a claim of the older dialect */
    struct slice base;    /* base URL of URL patterns; empty: URL patterns are refused */
    struct grant_text *texts; /* what the slices point into */
    size_t bytes;             /* approximate memory */
};

/* Returns grants with one reference and no entries. `base` is the hub's URL; it is copied. If it is
 * empty or longer than SELECTOR_BASE_MAX bytes, URL patterns are refused. */
struct grants *grants_create(struct slice base);

/* Adds a reference and returns `g`. */
struct grants *grants_ref(struct grants *g);

/* Drops a reference; frees the grants with the last one. NULL is allowed. */
void grants_unref(struct grants *g);

/* Copies a text for as long as the grants live. An absent text stays absent. ERR_NO_MEMORY. */
MUST_CHECK enum err grants_copy_text(struct grants *g, struct slice text, struct slice *out);

/* Adds a grant and copies its selector. The payload is absent or comes from grants_copy_text(), so
 * that many grants can share one. ERR_TOO_MANY: there are GRANTS_MAX of this kind. ERR_INVALID: a
 * selector that selector_check() refuses, or not a valid pattern. ERR_TOO_LARGE: longer than a
 * topic, or than a supported pattern. ERR_NO_MEMORY. */
MUST_CHECK enum err grants_add(struct grants *g, enum grant_kind kind, enum grant_match match,
                               struct slice selector, struct slice payload);

/* Returns whether the grants allow publishing (subscribing) to the topic. O(grants). */
bool grants_publish(const struct grants *g, struct slice topic);
bool grants_subscribe(const struct grants *g, struct slice topic);

/* Returns what the token says about the subscriber: the payload of the first subscribe grant that
 * matches the selector's text (as if it were a topic), otherwise the payload of all grants, or
 * absent. */
struct slice grants_payload(const struct grants *g, struct slice selector);

#endif
