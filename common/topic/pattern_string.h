/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOPIC_PATTERN_STRING_H
#define BELFRY_COMMON_TOPIC_PATTERN_STRING_H

/* Compiles and matches pattern strings of one URL component (WHATWG URL Pattern, 2).
 *
 * A pattern string consists of text, `*`, `:name` and `{…}`; `?`, `+` or `*` after a name, star or
 * group; `\` before a literal character. Regular expressions are not supported. A name consists of
 * A-Z a-z 0-9 _ $ and non-ASCII characters, and does not begin with a digit. Pure.
 *
 * Matching never backtracks: the number of steps is at most proportional to the bytes of the
 * pattern times the bytes of the text to match. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/topic/url_parts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATTERN_SIZE_MAX 8192   /* bytes of a pattern string */
#define PATTERN_PARTS_MAX 64    /* in all components together */
#define PATTERN_TARGET_MAX 6144 /* bytes of a text to match; a longer one never matches */

enum pattern_token_type {
    PATTERN_CHAR,
    PATTERN_ESCAPED, /* \c */
    PATTERN_NAME,    /* :name */
    PATTERN_STAR,
    PATTERN_MODIFIER, /* ? or + (* is PATTERN_STAR) */
    PATTERN_OPEN,
    PATTERN_CLOSE,
    PATTERN_INVALID, /* a colon without a name */
    PATTERN_END,
};

struct pattern_token {
    unsigned char type;
    char c;       /* the byte that the token stands for: CHAR, ESCAPED, MODIFIER, INVALID */
    uint16_t at;  /* start of the token in the text */
    uint16_t end; /* start of the next token */
};

/* Reads the token at `at`. ERR_INVALID, with a reason: a regular expression, or a backslash at the
 * end. */
MUST_CHECK enum err pattern_token(struct slice text, size_t at, struct pattern_token *out_token,
                                  const char **out_reason);

/* A prefix, a wildcard or nothing, and a suffix. The text of the parts contains prefix, suffix and
 * the prefix again, since suffix and prefix separate two repetitions. */
struct pattern_part {
    unsigned char wildcard; /* kind of the wildcard; 0: only text */
    unsigned char modifier; /* '?', '*', '+' or 0 */
    char delimiter;         /* byte that ends a segment; 0: none */
    uint16_t at;            /* start of the prefix in the text of the parts */
    uint16_t prefix;        /* bytes of the prefix */
    uint16_t suffix;        /* bytes of the suffix */
};

/* The parts of a pattern while it is compiled. `text` collects their texts. */
struct pattern_parts {
    struct pattern_part all[PATTERN_PARTS_MAX];
    size_t count;
    struct url_out text;
};

struct pattern_options {
    char delimiter; /* byte that ends a segment; 0: none */
    char prefix;    /* a character that belongs to the group after it; 0: none */

    /* Appends a piece of text as it is in a normalized URL. Returns false if it is not valid. */
    bool (*encode)(const void *context, struct slice text, struct url_out *out);
    const void *context;
    const char *refusal; /* the reason if encode() returns false: a static text */
};

/* Appends the parts of a pattern string. ERR_INVALID, ERR_TOO_MANY, ERR_TOO_LARGE, with a static
 * text as the reason. */
MUST_CHECK enum err pattern_parse(struct slice text, const struct pattern_options *options,
                                  struct pattern_parts *parts, const char **out_reason);

/* Returns whether the parts match the complete target. `text` is the parts' text. Adds the number
 * of bytes examined to *steps. */
bool pattern_matches(const struct pattern_part *parts, size_t count, const char *text,
                     struct slice target, uint64_t *steps);

#endif
