/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOPIC_SELECTOR_H
#define BELFRY_COMMON_TOPIC_SELECTOR_H

/* Selectors: one text that stands for one or many topics.
 *
 * A selector that users write has no control characters. The first rule that applies decides:
 *
 *   1. "*" selects every topic;
 *   2. a URI template (common/topic/uri_template.h) selects the topics that it matches, and the
 *      topic with exactly its bytes;
 *   3. any other text selects the topic with exactly its bytes.
 *
 * Inside Belfry, from a stream's topics to the broker's reader, a selector may begin with a control
 * character, its mark:
 *
 *   U+0001 topic                 the topic with exactly these bytes, even if they are a template
 *   U+0002 base U+0002 pattern   the topics that this URL pattern matches
 *                                (common/topic/urlpattern.h)
 *
 * Two selectors are the same if and only if their texts are equal, so tables and frames contain
 * nothing but the text. Pure. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/topic/topic.h"

#include <stdbool.h>

#define SELECTOR_MARK_EXACT '\x01'
#define SELECTOR_MARK_URLPATTERN '\x02'

#define SELECTOR_BASE_MAX 512 /* bytes of a base */
#define SELECTOR_SIZE_MAX (2 + SELECTOR_BASE_MAX + TOPIC_SIZE_MAX)

enum selector_kind {
    SELECTOR_EXACT,      /* one topic */
    SELECTOR_ALL,        /* "*" */
    SELECTOR_TEMPLATE,   /* a valid URI template with at least one expression */
    SELECTOR_URLPATTERN, /* only in marked selectors */
};

struct selector {
    enum selector_kind kind;
    struct slice text; /* the topic, the template, the pattern, or "*" */
    struct slice base; /* base of a URL pattern; otherwise absent */
};

/* Returns OK if users may write the selector: "*", or a text that topic_check() accepts. Otherwise
 * ERR_INVALID or ERR_TOO_LARGE. */
MUST_CHECK enum err selector_check(struct slice selector);

bool selector_is_all(struct slice selector);

/* Returns the kind of a selector as users write it: never SELECTOR_URLPATTERN. */
enum selector_kind selector_kind(struct slice selector);

/* Splits a selector, marked or not, into its parts, which point into the text. Does not check that
 * a URL pattern compiles. ERR_INVALID, ERR_TOO_LARGE; *out is then undefined. */
MUST_CHECK enum err selector_parse(struct slice text, struct selector *out);

/* Appends the selector of exactly this topic, with a mark only if it needs one; "*" stays "*". */
void selector_write_exact(struct slice topic, struct buf *out);

/* Appends the selector of a URL pattern; "*", which selects everything, stays "*". */
void selector_write_urlpattern(struct slice base, struct slice pattern, struct buf *out);

#endif
