/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOPIC_MATCHER_H
#define BELFRY_COMMON_TOPIC_MATCHER_H

/* Every kind of selector, in one text each, and made ready for matching.
 *
 * What users write as a topic (common/topic/selector.h) has no control characters. Inside Belfry,
 * from a stream's topics to the broker's reader, a selector may begin with one, a mark:
 *
 *   U+0001 topic                 the topic with these very bytes, though they look like a template
 *   U+0002 base U+0002 pattern   the topics that match this URL pattern (common/topic/urlpattern.h)
 *
 * Two selectors mean the same when their texts are equal, so tables and frames need nothing
 * else. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/topic/selector.h"
#include "common/topic/topic.h"
#include "common/topic/url.h"
#include "common/topic/urlpattern.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SELECTOR_MARK_EXACT '\x01'
#define SELECTOR_MARK_URLPATTERN '\x02'

#define SELECTOR_BASE_MAX 512 /* bytes of a base */
#define SELECTOR_SIZE_MAX (2 + SELECTOR_BASE_MAX + TOPIC_SIZE_MAX)

struct selector {
    enum selector_kind kind;
    struct slice text; /* the topic, the template, the pattern, or "*" */
    struct slice base; /* of a pattern */
};

/* Takes a selector apart, marked or not; the slices are its bytes. ERR_INVALID, ERR_TOO_LARGE. That
 * a pattern compiles is not looked at. */
MUST_CHECK enum err selector_parse(struct slice text, struct selector *out);

/* Appends the selector of just this topic, or "*" for it. Marked only where it must be. */
void selector_write_exact(struct slice topic, struct buf *out);

/* Appends that of a URL pattern: "*" for it, which means everything. */
void selector_write_urlpattern(struct slice base, struct slice pattern, struct buf *out);

/* A compiled selector. Matching only reads it. */
struct matcher {
    enum selector_kind kind;
    struct slice text; /* of SELECTOR_EXACT: borrowed from the selector */
    struct slice base; /* of SELECTOR_URLPATTERN: borrowed */
    union {
        struct template template;
        struct urlpattern pattern;
    };
};

/* The selector's bytes must stay. ERR_INVALID: a mark, a base or a pattern that is none;
 * ERR_TOO_LARGE, ERR_TOO_MANY (parts of a pattern), ERR_NO_MEMORY. A template with a mistake is a
 * topic. */
MUST_CHECK enum err matcher_compile(struct slice selector, struct matcher *out);
void matcher_free(struct matcher *m); /* may be called twice */

/* What every matching topic begins with, maybe nothing. */
struct slice matcher_head(const struct matcher *m);

/* A topic that many matchers look at: read as a URL at most once for each base in a row. 13 KiB:
 * keep one for all topics. It may be used once base_size is 0 and candidate_set() was called. */
struct candidate {
    struct slice topic;
    bool tried; /* to read it with the base below */
    bool is_url;
    size_t base_size;
    char base_text[SELECTOR_BASE_MAX];
    struct url base;
    struct url url;
};

/* The next topic; its bytes must stay while it is looked at. */
void candidate_set(struct candidate *c, struct slice topic);

/* *steps grows by how many bytes were looked at. */
bool matcher_matches(const struct matcher *m, struct candidate *c, uint64_t *steps);

#endif
