/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOPIC_MATCHER_H
#define BELFRY_COMMON_TOPIC_MATCHER_H

/* Selectors of any kind, compiled, and whether they match a topic. Pure. */

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
    struct slice text; /* of SELECTOR_EXACT: borrowed from the selector */
    struct slice base; /* of SELECTOR_URLPATTERN: borrowed */
    union {
        struct uri_template template;
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
