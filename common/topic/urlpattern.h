/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOPIC_URLPATTERN_H
#define BELFRY_COMMON_TOPIC_URLPATTERN_H

/* Matches topics, read as URLs, against URL patterns (WHATWG URL Pattern).
 *
 * They are for Mercure's match_urlpattern: `/books/:id`, for example, or
 * `https://example.com/:any+`. A pattern is a URL whose parts are pattern strings
 * (common/topic/pattern_string.h). Parts that are missing at its start come from the base, the
 * hub's URL; parts that are missing at its end match anything. So `/books/:id` matches these paths
 * on the hub's own host, with any query. A topic is a URL too, resolved against the same base; a
 * topic that is not a URL never matches.
 *
 * `*` alone is a relative path here, as in the standard. In Mercure it means every topic: callers
 * must test for it first.
 *
 * Refused, with a reason: regular expressions, user names and passwords, hosts that are not ASCII.
 * The user name and password of a topic are ignored. Other differences from the standard: those in
 * common/topic/url.h; and numbers in a host are read as IPv4 only in base ten. Pure. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/topic/pattern_string.h"
#include "common/topic/url.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define URLPATTERN_SIZE_MAX 1024

enum urlpattern_component {
    URLPATTERN_PROTOCOL,
    URLPATTERN_HOSTNAME,
    URLPATTERN_PORT,
    URLPATTERN_PATHNAME,
    URLPATTERN_SEARCH,
    URLPATTERN_HASH,
    URLPATTERN_COMPONENTS,
};

/* A compiled pattern: one block of 10 bytes per part and the texts, at most 24 KiB. Matching only
 * reads it, from any number of threads. */
struct urlpattern {
    struct pattern_part *parts;                /* owned: the parts and, after them, their texts */
    const char *text;                          /* the texts of the parts, in the same block */
    unsigned char ends[URLPATTERN_COMPONENTS]; /* for each component: index after its last part */
};

/* Compiles a pattern. ERR_INVALID, ERR_TOO_LARGE or ERR_TOO_MANY, with *out_reason, a static text;
 * ERR_NO_MEMORY. The base must be an absolute URL whose path is not opaque. */
MUST_CHECK enum err urlpattern_compile(struct slice text, const struct url *base,
                                       struct urlpattern *out_pattern, const char **out_reason);

/* Frees what the pattern owns. May be called twice. */
void urlpattern_free(struct urlpattern *p);

/* Returns whether the pattern matches the topic, which must have been parsed with the same base.
 * Adds the number of bytes examined to *steps. */
bool urlpattern_matches(const struct urlpattern *p, const struct url *topic, uint64_t *steps);

#endif
