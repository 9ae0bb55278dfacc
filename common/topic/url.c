/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/topic/url.h"

#include "common/topic/url_parts.h"

#include <string.h>

static bool one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static bool is_slash(char c, bool special)
{
    return c == '/' || (special && c == '\\');
}

struct parser {
    struct url *url;
    struct url_out out;
    struct slice rest;
    bool special;
};

/* Cuts off the text up to the first byte of `set`, which the rest then starts with. */
static struct slice take_until(struct parser *p, const char *set)
{
    size_t i = 0;
    struct slice taken;

    while (i < p->rest.size && !one_of(p->rest.data[i], set))
        i++;
    taken = slice_of(p->rest.data, i);
    p->rest = slice_of(p->rest.data + i, p->rest.size - i);
    return taken;
}

static void skip(struct parser *p, size_t n)
{
    p->rest = slice_of(p->rest.data + n, p->rest.size - n);
}

/* Returns whether the byte at `at` of the rest is a slash. In a special URL a backslash counts too,
 * unless `slash_only` is set. */
static bool next_is(const struct parser *p, size_t at, bool slash_only)
{
    return at < p->rest.size && is_slash(p->rest.data[at], p->special && !slash_only);
}

/* Returns what was written since `start`. */
static struct slice put_since(const struct parser *p, size_t start)
{
    return slice_of(p->out.data + start, p->out.used - start);
}

static bool copy(struct parser *p, struct slice from, struct slice *out_part)
{
    size_t start = p->out.used;

    if (!url_put(&p->out, from))
        return false;
    *out_part = put_since(p, start);
    return true;
}

/* Parses [user[:password]@]host[:port], up to the path. Ignores user and password, which have no
 * meaning in a topic. */
static bool parse_authority(struct parser *p)
{
    struct slice all = take_until(p, p->special ? "/\\?#" : "/?#");
    struct slice port = SLICE("");
    size_t start = p->out.used;
    size_t colon;

    for (size_t i = all.size; i > 0; i--) {
        if (all.data[i - 1] == '@') {
            all = slice_of(all.data + i, all.size - i);
            if (all.size == 0)
                return false;
            break;
        }
    }
    for (colon = all.size; colon > 0 && all.data[colon - 1] != ':' && all.data[colon - 1] != ']';)
        colon--;
    if (colon > 0 && all.data[colon - 1] == ':') {
        port = slice_of(all.data + colon, all.size - colon);
        all.size = colon - 1;
        if (all.size == 0)
            return false;
    }
    if (all.size == 0 && p->special && !slice_equal(p->url->scheme, SLICE("file")))
        return false;
    if (!url_put_host(&p->out, all, p->special))
        return false;
    p->url->host = put_since(p, start);
    p->url->has_host = true;
    if (slice_equal(p->url->scheme, SLICE("file"))) {
        if (port.size > 0)
            return false;
        if (slice_equal(p->url->host, SLICE("localhost")))
            p->url->host.size = 0;
    }
    start = p->out.used;
    if (!url_put_port(&p->out, port, p->url->scheme))
        return false;
    p->url->port = put_since(p, start);
    return true;
}

static bool parse_path(struct parser *p, struct slice before)
{
    size_t start = p->out.used;
    struct slice path = take_until(p, "?#");
    char joined[URL_SIZE_MAX + URL_TEXT_MAX];
    struct slice all = path;

    if (before.size > 0) {
        /* `before`, the base's directory, is encoded already. */
        if (before.size > URL_TEXT_MAX)
            return false;
        memcpy(joined, before.data, before.size);
        memcpy(joined + before.size, path.data, path.size);
        all = slice_of(joined, before.size + path.size);
    }
    if ((p->special || p->url->has_host) && (all.size == 0 || !is_slash(all.data[0], p->special)) &&
        (p->special || all.size > 0) && !url_put(&p->out, SLICE("/")))
        return false;
    if (!url_put_path(&p->out, all, p->special))
        return false;
    p->url->path = put_since(p, start);
    return true;
}

static bool parse_query(struct parser *p)
{
    size_t start = p->out.used;

    if (p->rest.size > 0 && p->rest.data[0] == '?') {
        skip(p, 1);
        if (!url_put_query(&p->out, take_until(p, "#"), p->special))
            return false;
        p->url->query = put_since(p, start);
    }
    start = p->out.used;
    if (p->rest.size > 0) {
        skip(p, 1);
        if (!url_put_fragment(&p->out, p->rest))
            return false;
        p->url->fragment = put_since(p, start);
    }
    return true;
}

/* Inherits the base's directory, path or authority where the text has none. */
static bool parse_relative(struct parser *p, const struct url *base)
{
    struct url *url = p->url;
    struct slice before = base->path;
    bool slash = next_is(p, 0, false);

    if (slash && next_is(p, 1, false)) {
        skip(p, 2);
        return parse_authority(p) && parse_path(p, SLICE("")) && parse_query(p);
    }
    if (!copy(p, base->host, &url->host) || !copy(p, base->port, &url->port))
        return false;
    url->has_host = base->has_host;
    if (slash)
        return parse_path(p, SLICE("")) && parse_query(p);
    if (p->rest.size > 0 && !one_of(p->rest.data[0], "?#")) {
        while (before.size > 0 && before.data[before.size - 1] != '/')
            before.size--;
        return parse_path(p, before) && parse_query(p);
    }
    if (!copy(p, base->path, &url->path))
        return false;
    if ((p->rest.size == 0 || p->rest.data[0] == '#') && !copy(p, base->query, &url->query))
        return false;
    return parse_query(p);
}

static bool parse_absolute(struct parser *p)
{
    size_t slashes = 0;
    size_t start;

    if (p->special) {
        bool file = slice_equal(p->url->scheme, SLICE("file"));

        while (next_is(p, slashes, false) && (!file || slashes < 2))
            slashes++;
        if (file && slashes < 2)
            return parse_path(p, SLICE("")) && parse_query(p);
        skip(p, slashes);
        return parse_authority(p) && parse_path(p, SLICE("")) && parse_query(p);
    }
    if (next_is(p, 0, true) && next_is(p, 1, true)) {
        skip(p, 2);
        return parse_authority(p) && parse_path(p, SLICE("")) && parse_query(p);
    }
    if (next_is(p, 0, true))
        return parse_path(p, SLICE("")) && parse_query(p);
    start = p->out.used;
    p->url->opaque = true;
    if (!url_put_opaque(&p->out, take_until(p, "?#")))
        return false;
    p->url->path = put_since(p, start);
    return parse_query(p);
}

static struct slice trim(struct slice text)
{
    while (text.size > 0 && text.data[0] == ' ')
        text = slice_of(text.data + 1, text.size - 1);
    while (text.size > 0 && text.data[text.size - 1] == ' ')
        text.size--;
    return text;
}

/* Returns the length of the scheme before a colon, or 0. */
static size_t scheme_size(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        bool alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        if (c == ':')
            return i;
        if (!alpha && (i == 0 || !((c >= '0' && c <= '9') || one_of(c, "+-."))))
            return 0;
    }
    return 0;
}

static bool parse(struct parser *p, const struct url *base)
{
    size_t scheme = scheme_size(p->rest);
    bool fragment_only = p->rest.size > 0 && p->rest.data[0] == '#';

    if (scheme == 0) {
        if (base == NULL || (base->opaque && !fragment_only) ||
            !copy(p, base->scheme, &p->url->scheme))
            return false;
        p->special = url_scheme_special(p->url->scheme);
        p->url->opaque = base->opaque;
        return parse_relative(p, base);
    }
    if (!url_put_scheme(&p->out, slice_of(p->rest.data, scheme)))
        return false;
    p->url->scheme = put_since(p, 0);
    p->special = url_scheme_special(p->url->scheme);
    skip(p, scheme + 1);
    if (p->special && base != NULL && slice_equal(base->scheme, p->url->scheme) &&
        !(next_is(p, 0, true) && next_is(p, 1, true)))
        return parse_relative(p, base);
    return parse_absolute(p);
}

enum err url_parse(struct slice text, const struct url *base, struct url *out_url)
{
    struct parser p = {.url = out_url, .out = {out_url->text, 0, sizeof out_url->text}};

    text = trim(text);
    if (text.size > URL_SIZE_MAX)
        return ERR_TOO_LARGE;
    for (size_t i = 0; i < text.size; i++) {
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f)
            return ERR_INVALID;
    }
    p.rest = text.size > 0 ? text : SLICE("");
    out_url->scheme = out_url->host = out_url->port = SLICE("");
    out_url->path = out_url->query = out_url->fragment = SLICE("");
    out_url->has_host = false;
    out_url->opaque = false;
    return parse(&p, base) ? OK : ERR_INVALID;
}
