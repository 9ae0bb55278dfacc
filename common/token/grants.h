/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOKEN_GRANTS_H
#define BELFRY_COMMON_TOKEN_GRANTS_H

/* What a token allows: the topics that its bearer may publish to and listen to. Pure; made by
 * whoever reads tokens (common/token/claims.h), counted, and never changed once it is shared.
 *
 * Threads: one. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/topic/matcher.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GRANTS_MAX 1000           /* of each kind */
#define GRANTS_FOREVER UINT64_MAX /* as a time: never */

enum grant_kind { GRANT_PUBLISH, GRANT_SUBSCRIBE };
#define GRANT_KINDS 2

enum grant_match {
    GRANT_SELECTOR,   /* "*", a topic or a URI template: see common/topic/selector.h */
    GRANT_EXACT,      /* "*" or a topic */
    GRANT_URLPATTERN, /* "*" or a WHATWG URL Pattern */
};

struct grant {
    enum grant_match match;
    struct slice selector;
    struct slice payload; /* compact JSON; absent when the grant has none of its own */
    struct matcher matcher;
};

struct grant_text; /* bytes that the grants own */

struct grant_list {
    struct grant *grants;
    size_t count;
    size_t room;
    /* the token names such grants, if none: `[]` is not the same as nothing for Mercure */
    bool claimed;
};

struct grants {
    uint32_t refs;
    struct grant_list lists[GRANT_KINDS];
    struct slice payload; /* of all grants, compact JSON; absent when there is none */
    struct slice subject; /* absent when there is none */
    uint64_t exp_ms;      /* Unix time; GRANTS_FOREVER when it does not expire */
    bool admin;           /* may do what operators do */
    bool modern;       /* granted by authorization_details, not by a claim of the older dialect */
    struct slice base; /* what URL patterns are resolved against; empty: none is taken */
    struct grant_text *texts; /* what the slices point into */
    size_t bytes;             /* of memory, about */
};

/* With one reference and no grants. `base`: the hub's URL, copied (at most SELECTOR_BASE_MAX bytes,
 * or it counts as empty); empty: URL patterns are refused. */
struct grants *grants_create(struct slice base);
struct grants *grants_ref(struct grants *g);
void grants_unref(struct grants *g); /* takes NULL */

/* A copy that lives as long as the grants; an absent text stays absent. ERR_NO_MEMORY. */
MUST_CHECK enum err grants_copy_text(struct grants *g, struct slice text, struct slice *out);

/* Copies the selector; the payload is absent or comes from grants_copy_text(), so that many grants can
 * share one. ERR_TOO_MANY: GRANTS_MAX of the kind. ERR_INVALID: a selector that selector_check()
 * refuses, or a pattern that is none. ERR_TOO_LARGE: one that is longer than a topic may be, or
 * than a pattern that we match. ERR_NO_MEMORY. */
MUST_CHECK enum err grants_add(struct grants *g, enum grant_kind kind, enum grant_match match,
                               struct slice selector, struct slice payload);

/* Whether the topic may be published to, listened to. O(grants). */
bool grants_publish(const struct grants *g, struct slice topic);
bool grants_subscribe(const struct grants *g, struct slice topic);

/* What the token says of a subscription's listener: the payload of the first subscribe grant that
 * matches the selector's text (as if it were a topic), else that of all grants; absent when there
 * is none. */
struct slice grants_payload(const struct grants *g, struct slice selector);

#endif
