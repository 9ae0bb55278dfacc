/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/access/origins.h"

bool origins_have(const char *origins, struct slice origin)
{
    struct slice rest = slice_str(origins);
    struct slice entry;

    while (slice_next(&rest, ',', &entry)) {
        entry = slice_trim(entry);
        if (entry.size > 0 && slice_equal_nocase(entry, origin))
            return true;
    }
    return false;
}

bool origins_any(const char *origins)
{
    return origins_have(origins, SLICE("*"));
}

/* Returns what is between "scheme://" and the path; empty if there is no scheme. */
static struct slice authority_of(struct slice url)
{
    size_t scheme = 0;
    size_t size = 0;

    while (scheme < url.size && url.data[scheme] != ':' && url.data[scheme] != '/')
        scheme++;
    if (scheme == 0 || url.size - scheme < 3 || memcmp(url.data + scheme, "://", 3) != 0)
        return SLICE("");
    scheme += 3;
    while (scheme + size < url.size && strchr("/?#", url.data[scheme + size]) == NULL)
        size++;
    return slice_of(url.data + scheme, size);
}

enum err origins_check(const char *origins, struct slice *out_bad)
{
    struct slice rest = slice_str(origins);
    struct slice entry;

    while (slice_next(&rest, ',', &entry)) {
        struct slice authority;

        entry = slice_trim(entry);
        authority = authority_of(entry);
        if (entry.size == 0 || slice_equal(entry, SLICE("*")))
            continue;
        if (authority.size == 0 || authority.data + authority.size != entry.data + entry.size) {
            *out_bad = entry;
            return ERR_INVALID;
        }
    }
    return OK;
}

/* Returns the origin of the page that made the request: its Origin, or that of its Referer. */
static struct slice page_origin(const struct http_message *message)
{
    struct slice origin = http_header(message, "Origin");
    struct slice referer = http_header(message, "Referer");
    struct slice authority = authority_of(referer);

    if (origin.data != NULL)
        return origin;
    if (authority.size == 0)
        return SLICE("");
    return slice_of(referer.data, (size_t)(authority.data + authority.size - referer.data));
}

bool origins_trust_page(const struct http_message *message, const char *origins)
{
    struct slice origin = page_origin(message);
    struct slice authority = authority_of(origin);

    /* "null", which any sandboxed page sends, has no authority. */
    if (authority.size == 0)
        return false;
    return origins_have(origins, origin) ||
           slice_equal_nocase(authority, http_header(message, "Host"));
}
