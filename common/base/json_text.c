/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/base/json_text.h"

bool json_text_too_deep(struct slice text, size_t depth)
{
    size_t open = 0;
    bool quoted = false;

    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];

        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '[' || c == '{') && ++open > depth)
            return true;
        else if (!quoted && (c == ']' || c == '}') && open > 0)
            open--;
    }
    return false;
}

static size_t skip_string(struct slice s, size_t at)
{
    for (at++; at < s.size && s.data[at] != '"'; at++)
        at += s.data[at] == '\\';
    return at < s.size ? at + 1 : s.size;
}

static bool is_json_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_space(struct slice s, size_t at)
{
    while (at < s.size && is_json_space(s.data[at]))
        at++;
    return at;
}

/* Appends one value without its white space, unless `out` is NULL. Returns the end of the value. */
static size_t copy_value(struct slice s, size_t at, struct buf *out)
{
    size_t depth = 0;

    for (; at < s.size; at++) {
        char c = s.data[at];

        if (depth == 0 && (c == ',' || c == '}' || c == ']'))
            break;
        if (c == '"') {
            size_t end = skip_string(s, at);

            if (out != NULL)
                buf_append(out, s.data + at, end - at);
            at = end - 1;
            continue;
        }
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        if (out != NULL && !is_json_space(c))
            buf_char(out, c);
    }
    return at;
}

bool json_text_member(struct slice object, const char *name, struct buf *out)
{
    size_t at = skip_space(object, 0) + 1; /* after the '{' */

    while ((at = skip_space(object, at)) < object.size && object.data[at] == '"') {
        size_t end = skip_string(object, at);
        bool found = end - at >= 2 &&
                     slice_equal(slice_of(object.data + at + 1, end - at - 2), slice_str(name));

        at = copy_value(object, skip_space(object, end) + 1, found ? out : NULL); /* after ':' */
        if (found)
            return buf_ok(out);
        at++; /* after the ',' */
    }
    return false;
}
