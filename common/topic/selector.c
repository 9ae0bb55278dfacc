/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/topic/selector.h"

#include "common/topic/uri_template.h"

#include <string.h>

bool selector_is_all(struct slice selector)
{
    return slice_equal(selector, SLICE("*"));
}

enum err selector_check(struct slice selector)
{
    return selector_is_all(selector) ? OK : topic_check(selector);
}

enum selector_kind selector_kind(struct slice selector)
{
    if (selector_is_all(selector))
        return SELECTOR_ALL;
    return uri_template_valid(selector) ? SELECTOR_TEMPLATE : SELECTOR_EXACT;
}

static enum err parse_pattern(struct slice rest, struct selector *out)
{
    const char *end = memchr(rest.data, SELECTOR_MARK_URLPATTERN, rest.size);
    size_t size = end == NULL ? 0 : (size_t)(end - rest.data);

    if (end == NULL || size == 0)
        return ERR_INVALID;
    if (size > SELECTOR_BASE_MAX)
        return ERR_TOO_LARGE;
    *out = (struct selector){.kind = SELECTOR_URLPATTERN,
                             .text = slice_of(end + 1, rest.size - size - 1),
                             .base = slice_of(rest.data, size)};
    return selector_check(out->base) == OK ? selector_check(out->text) : ERR_INVALID;
}

enum err selector_parse(struct slice text, struct selector *out)
{
    struct slice rest;

    *out = (struct selector){.kind = SELECTOR_EXACT, .text = text};
    if (text.size > 1 && text.data[0] == SELECTOR_MARK_EXACT) {
        out->text = slice_of(text.data + 1, text.size - 1);
        return selector_check(out->text);
    }
    if (text.size > 1 && text.data[0] == SELECTOR_MARK_URLPATTERN) {
        rest = slice_of(text.data + 1, text.size - 1);
        return parse_pattern(rest, out);
    }
    out->kind = selector_kind(text);
    return selector_check(text);
}

void selector_write_exact(struct slice topic, struct buf *out)
{
    if (selector_kind(topic) == SELECTOR_TEMPLATE)
        buf_char(out, SELECTOR_MARK_EXACT);
    buf_slice(out, topic);
}

void selector_write_urlpattern(struct slice base, struct slice pattern, struct buf *out)
{
    if (!selector_is_all(pattern)) {
        buf_char(out, SELECTOR_MARK_URLPATTERN);
        buf_slice(out, base);
        buf_char(out, SELECTOR_MARK_URLPATTERN);
    }
    buf_slice(out, pattern);
}
