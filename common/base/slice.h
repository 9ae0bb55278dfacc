/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_BASE_SLICE_H
#define BELFRY_COMMON_BASE_SLICE_H

/* Borrowed bytes: a pointer and a size. A function keeps a slice beyond the call only if its
 * header states it. The bytes are not NUL-terminated. An absent slice has data == NULL and
 * size == 0. */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct slice {
    const char *data;
    size_t size;
};

/* Slices of a string literal; SLICE_INIT initializes static variables. */
#define SLICE_INIT(literal) {("" literal), sizeof(literal) - 1}
#define SLICE(literal) ((struct slice){("" literal), sizeof(literal) - 1})

static inline struct slice slice_of(const void *data, size_t size)
{
    return (struct slice){data, size};
}

/* Returns the text of a NUL-terminated string, without the NUL. */
static inline struct slice slice_str(const char *text)
{
    return (struct slice){text, strlen(text)};
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* Returns true if the slice begins with the prefix. */
static inline bool slice_starts(struct slice s, struct slice prefix)
{
    return s.size >= prefix.size &&
           (prefix.size == 0 || memcmp(s.data, prefix.data, prefix.size) == 0);
}

static inline char slice_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Compares without regard to ASCII case, for header names and media types (RFC 9110, section
 * 5.1). */
static inline bool slice_equal_nocase(struct slice a, struct slice b)
{
    if (a.size != b.size)
        return false;
    for (size_t i = 0; i < a.size; i++) {
        if (a.data[i] != b.data[i] && slice_lower(a.data[i]) != slice_lower(b.data[i]))
            return false;
    }
    return true;
}

/* Returns the slice without the spaces and tabs at its ends. */
static inline struct slice slice_trim(struct slice s)
{
    while (s.size > 0 && (s.data[0] == ' ' || s.data[0] == '\t'))
        s = slice_of(s.data + 1, s.size - 1);
    while (s.size > 0 && (s.data[s.size - 1] == ' ' || s.data[s.size - 1] == '\t'))
        s.size--;
    return s;
}

/* Cuts the next part off a list: the text before the next separator, or all the rest. Text with n
 * separators has n + 1 parts, after which the rest is absent. Returns false if the rest was absent
 * before. */
static inline bool slice_next(struct slice *rest, char separator, struct slice *out)
{
    const char *end;

    if (rest->data == NULL)
        return false;
    end = rest->size == 0 ? NULL : memchr(rest->data, separator, rest->size);
    *out = slice_of(rest->data, end == NULL ? rest->size : (size_t)(end - rest->data));
    *rest = end == NULL ? (struct slice){NULL, 0} : slice_of(end + 1, rest->size - out->size - 1);
    return true;
}

#endif
