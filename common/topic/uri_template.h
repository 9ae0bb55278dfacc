/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOPIC_URI_TEMPLATE_H
#define BELFRY_COMMON_TOPIC_URI_TEMPLATE_H

/* URI templates (RFC 6570) as selectors of topics. A template matches its own bytes, and each topic
 * of this language:
 *
 *   literal text   itself, byte by byte (percent-encoded characters are not decoded)
 *   {…}            nothing; or the prefix and a value, then any number of times a separator and
 *                  a value
 *
 *   operator   prefix   separator   a value has any number of
 *   none                ,           A-Z a-z 0-9 - . _ ~ , %XX
 *   +                   ,           those and : / ? # [ ] @ ! $ & ' ( ) * + ; =
 *   #          #        ,           the same
 *   .          .        .           as without operator
 *   /          /        /           as without operator
 *   ;          ;        ;           as without operator, and =
 *   ?          ?        &           as without operator, and =
 *   &          &        &           as without operator, and =
 *
 * With n variables there are up to n - 1 more values, without bound if a variable is exploded
 * (`*`). Values of an exploded expression may contain = too: all of them if the first variable is
 * exploded, otherwise those after the first. The names of variables, and prefix lengths (`:N`),
 * make no difference.
 *
 * Matching never backtracks: it takes at most as many steps as the topic has bytes times the
 * template has bytes, and allocates nothing. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/topic/topic.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A longer text is not a template, and a longer topic matches none. */
#define URI_TEMPLATE_SIZE_MAX TOPIC_SIZE_MAX

/* Expressions and the literal texts between them. A text with more is not a template: without this
 * limit one record could cost milliseconds for each template (512 parts times 1 KiB of topic). */
#define URI_TEMPLATE_PARTS_MAX 64

/* Literal text, or an expression if literal.data is NULL.
 *
 * Each value of an expression has a strength. Without an exploded variable, it is the number of
 * values that may still come, including this one. With one, it is 2 if the value may contain =, and
 * otherwise 1. */
struct uri_template_part {
    struct slice literal;
    unsigned char first;   /* the prefix, 0 for none */
    unsigned char sep;     /* the separator */
    unsigned char sets[2]; /* what a value may contain: at strength 1, at 2 and more */
    bool counted;          /* no exploded variable: a separator reduces the strength by one */
    uint16_t strength;     /* strength of the first value */
};

/* A compiled template: 24 bytes for each part and a copy of the text, at most 3 KiB. Matching only
 * reads it, from any number of threads. */
struct uri_template {
    struct slice text;               /* owned */
    struct uri_template_part *parts; /* owned */
    size_t count;
    struct slice head; /* literal text that every matching topic starts with, in `text` */
    struct slice tail; /* literal text that every matching topic ends with, in `text` */
};

/* Returns whether the text is a template with at least one expression. */
bool uri_template_valid(struct slice text);

/* Compiles a template and copies its text. ERR_INVALID, ERR_TOO_LARGE: not a valid template;
 * ERR_NO_MEMORY. */
MUST_CHECK enum err uri_template_compile(struct slice text, struct uri_template *out_template);

/* Frees what the template owns. May be called twice. */
void uri_template_free(struct uri_template *t);

/* Returns whether the template matches the topic. Adds the number of bytes examined to *steps. */
bool uri_template_matches(const struct uri_template *t, struct slice topic, uint64_t *steps);

#endif
