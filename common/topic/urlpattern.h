/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOPIC_URLPATTERN_H
#define BELFRY_COMMON_TOPIC_URLPATTERN_H

/* URL patterns (WHATWG URL Pattern), for Mercure's match_urlpattern: which topics, read as URLs,
 * does `/books/:id` or `https://example.com/:any+` mean?
 *
 * A pattern is a URL whose parts are pattern strings (common/topic/pattern_string.h). What it
 * leaves out at its start it has from the base, the hub's URL; what it leaves out at its end may be
 * anything. So `/books/:id` means these paths on the hub's own host, with any query. A topic is a
 * URL too, resolved against the same base; a topic that is none never matches.
 *
 * `*` alone is a relative path here, as in the standard; that it means every topic in Mercure is
 * the caller's to test first.
 *
 * Refused, with the reason: regular expressions, user names and passwords, hosts that are not
 * ASCII. User and password of a topic don't matter. Differences to the standard otherwise: those
 * that common/topic/url.h says; numbers in a host are not taken for IPv4 in other bases than
 * ten. */

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

/* A compiled pattern: one block of 10 bytes a part and the texts, at most 24 KiB. Matching only
 * reads it, from any number of threads. */
struct urlpattern {
    struct pattern_part *parts; /* ours: the parts and, behind them, their texts */
    const char *text;
    unsigned char ends[URLPATTERN_COMPONENTS]; /* the parts of component i end here */
};

/* OK; ERR_INVALID, ERR_TOO_LARGE or ERR_TOO_MANY with *out_reason, a static text in lower case
 * without full stop; ERR_NO_MEMORY. The base must be an absolute URL with a path of segments. */
MUST_CHECK enum err urlpattern_compile(struct slice text, const struct url *base,
                                       struct urlpattern *out_pattern, const char **out_reason);

/* May be called twice. */
void urlpattern_free(struct urlpattern *p);

/* `topic` was parsed with the same base. Adds the number of bytes looked at to *steps. */
bool urlpattern_matches(const struct urlpattern *p, const struct url *topic, uint64_t *steps);

#endif
