/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOPIC_SELECTOR_H
#define BELFRY_COMMON_TOPIC_SELECTOR_H

/* Which topics a selector means, as Mercure's clients know it. In this order:
 *
 *   1. "*" means every topic;
 *   2. a selector means the topic that has its very bytes;
 *   3. one that has a `{` and is a URI template (RFC 6570) means each topic of this language:
 *
 *        literal text   itself, byte by byte (what is percent-encoded is not decoded)
 *        {…}            nothing, or: the prefix, a value, then more times separator and value
 *
 *        operator   prefix   separator   a value has any number of
 *        none                ,           A-Z a-z 0-9 - . _ ~ , %XX
 *        +                   ,           those and : / ? # [ ] @ ! $ & ' ( ) * + ; =
 *        #          #        ,           the same
 *        .          .        .           as without operator
 *        /          /        /           as without operator
 *        ;          ;        ;           as without operator, and =
 *        ?          ?        &           as without operator, and =
 *        &          &        &           as without operator, and =
 *
 *      With n variables there are up to n - 1 more values, without bound when one variable is
 *      exploded (`*`). Where one is, values may have = too: all of them when the first variable
 *      is exploded, else those after the first. Names and `:N` prefixes don't matter;
 *   4. everything else means no other topic. A template with a mistake is a plain string.
 *
 * Matching never goes back: it takes at most as many steps as the topic has bytes times the
 * template has bytes, and allocates nothing. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/topic/topic.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A longer selector is a plain string, and a longer topic matches no template. */
#define TEMPLATE_SIZE_MAX TOPIC_SIZE_MAX

/* Expressions and the literal texts between them. A template with more is a plain string too:
 * without this limit one record could cost milliseconds for each template (512 parts times 1 KiB
 * of topic). */
#define TEMPLATE_PARTS_MAX 64

enum selector_kind {
    SELECTOR_EXACT,      /* one topic */
    SELECTOR_ALL,        /* "*" */
    SELECTOR_TEMPLATE,   /* a valid URI template with at least one expression */
    SELECTOR_URLPATTERN, /* only in marked selectors: common/topic/matcher.h */
};

/* Of a selector as users write it: never SELECTOR_URLPATTERN. */
enum selector_kind selector_kind(struct slice selector);

/* Literal text, or an expression when literal.data is NULL. */
struct template_part {
    struct slice literal;
    unsigned char first;   /* the prefix, 0 for none */
    unsigned char sep;     /* the separator */
    unsigned char sets[2]; /* what a value may have: strength 1, strength 2 and more */
    bool counted;          /* a separator takes one off the strength; otherwise it makes it 2 */
    uint16_t strength;     /* that of the first value */
};

/* A compiled template: 24 bytes a part and a copy of the text, at most 3 KiB. Matching only reads
 * it, from any number of threads. */
struct template
{
    struct slice text;           /* ours */
    struct template_part *parts; /* ours */
    size_t count;
    struct slice head; /* literal text that every topic starts with, in `text` */
    struct slice tail; /* and ends with */
};

/* OK; ERR_INVALID when it is no template (then it is a plain string); ERR_TOO_LARGE beyond
 * TEMPLATE_SIZE_MAX (a plain string too); ERR_NO_MEMORY. Copies the text. */
MUST_CHECK enum err template_compile(struct slice text, struct template *out_template);

/* The template is as if it had never been compiled; may be called twice. */
void template_free(struct template *t);

/* Applies rules 2 and 3 above. Adds the number of bytes looked at to *steps. */
bool template_matches(const struct template *t, struct slice topic, uint64_t *steps);

#endif
