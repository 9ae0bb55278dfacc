/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOPIC_MATCHER_H
#define BELFRY_COMMON_TOPIC_MATCHER_H

/* Compiles selectors of any kind, and tests whether they match a topic. Pure. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/topic/selector.h"
#include "common/topic/uri_template.h"
#include "common/topic/url.h"
#include "common/topic/urlpattern.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A compiled selector. Matching only reads it. */
struct matcher {
    enum selector_kind kind;
    struct slice text; /* text of the selector, without marks: borrowed */
    struct slice base; /* base of SELECTOR_URLPATTERN: borrowed */
    union {
        struct uri_template template;
        struct urlpattern pattern;
    };
};

/* Compiles a selector, whose bytes must outlive the matcher. ERR_INVALID: the mark
 * (common/topic/selector.h), the base or the pattern is not valid; ERR_TOO_LARGE; ERR_TOO_MANY: the
 * pattern has too many parts; ERR_NO_MEMORY. An invalid template is not an error: it is the name
 * of a topic. After an error *out owns nothing, and may be passed to matcher_free(). */
MUST_CHECK enum err matcher_compile(struct slice selector, struct matcher *out);

/* Frees what the matcher owns. May be called twice. */
void matcher_free(struct matcher *m);

/* Returns a text with which every matching topic begins; it may be empty. */
struct slice matcher_head(const struct matcher *m);

/* A topic that is tested against many matchers. It is parsed as a URL when the first URL pattern
 * needs that, and again only for another base. The struct takes 13 KiB: use one for all topics.
 * Before the first use, set base_size to 0 and call candidate_set(). */
struct candidate {
    struct slice topic;
    bool tried;  /* parsing the topic with the base below was tried */
    bool is_url; /* parsing it succeeded: `url` is set */
    size_t base_size;
    char base_text[SELECTOR_BASE_MAX];
    struct url base;
    struct url url;
};

/* Sets the topic to test, whose bytes must outlive the tests. */
void candidate_set(struct candidate *c, struct slice topic);

/* Returns whether the selector matches the topic. Adds the number of bytes examined to *steps. */
bool matcher_matches(const struct matcher *m, struct candidate *c, uint64_t *steps);

#endif
