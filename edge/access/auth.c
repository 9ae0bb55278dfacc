/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/access/auth.h"

/* Browsers keep a preflight's answer so long; Chromium's limit is two hours. */
#define PREFLIGHT_SECS "7200"

static struct slice trim(struct slice s)
{
    while (s.size > 0 && (s.data[0] == ' ' || s.data[0] == '\t'))
        s = slice_of(s.data + 1, s.size - 1);
    while (s.size > 0 && (s.data[s.size - 1] == ' ' || s.data[s.size - 1] == '\t'))
        s.size--;
    return s;
}

/* Cuts the next part off; false at the end. */
static bool next_part(struct slice *rest, char separator, struct slice *out)
{
    const char *end;
    size_t size;

    if (rest->data == NULL)
        return false;
    end = rest->size == 0 ? NULL : memchr(rest->data, separator, rest->size);
    size = end == NULL ? rest->size : (size_t)(end - rest->data);
    *out = trim(slice_of(rest->data, size));
    *rest = end == NULL ? (struct slice){NULL, 0} : slice_of(end + 1, rest->size - size - 1);
    return true;
}

/* ---- tokens ---- */

static struct slice bearer(struct slice header)
{
    static const struct slice scheme = SLICE_INIT("Bearer ");

    if (header.size <= scheme.size ||
        !slice_equal_nocase(slice_of(header.data, scheme.size), scheme))
        return SLICE("");
    return trim(slice_of(header.data + scheme.size, header.size - scheme.size));
}

/* Browsers send one Cookie header; HTTP/2 in front of us may have made several of it. */
static bool find_cookie(const struct http_message *message, const char *name, struct slice *out)
{
    for (size_t i = 0; i < message->header_count; i++) {
        struct slice rest = message->headers[i].value;
        struct slice pair;

        if (!slice_equal_nocase(message->headers[i].name, SLICE("Cookie")))
            continue;
        while (next_part(&rest, ';', &pair)) {
            struct slice left;

            if (next_part(&pair, '=', &left) && pair.data != NULL &&
                slice_equal(left, slice_str(name))) {
                *out = pair;
                return true;
            }
        }
    }
    return false;
}

struct auth_token auth_find(const struct http_message *message, const struct form *query,
                            const char *cookie_name)
{
    struct slice header = http_header(message, "Authorization");
    struct slice field = {NULL, 0};
    struct slice cookie;

    if (header.data != NULL)
        return (struct auth_token){AUTH_HEADER, bearer(header)};
    if (query != NULL)
        field = form_find(query, "authorization");
    if (field.data != NULL)
        return (struct auth_token){AUTH_QUERY, field};
    if (cookie_name[0] != '\0' && find_cookie(message, cookie_name, &cookie))
        return (struct auth_token){AUTH_COOKIE, cookie};
    return (struct auth_token){AUTH_NONE, {NULL, 0}};
}

/* ---- origins ---- */

bool origins_have(const char *origins, struct slice origin)
{
    struct slice rest = slice_str(origins);
    struct slice entry;

    while (next_part(&rest, ',', &entry)) {
        if (entry.size > 0 && slice_equal_nocase(entry, origin))
            return true;
    }
    return false;
}

bool origins_any(const char *origins)
{
    return origins_have(origins, SLICE("*"));
}

/* What follows "scheme://" up to the path; empty when there is no scheme. */
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

    while (next_part(&rest, ',', &entry)) {
        struct slice authority = authority_of(entry);

        if (entry.size == 0 || slice_equal(entry, SLICE("*")))
            continue;
        if (authority.size == 0 || authority.data + authority.size != entry.data + entry.size) {
            *out_bad = entry;
            return ERR_INVALID;
        }
    }
    return OK;
}

/* The origin of the page that made the request: its Origin, or that of its Referer. */
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

bool auth_origin_trusted(const struct http_message *message, const char *origins)
{
    struct slice origin = page_origin(message);
    struct slice authority = authority_of(origin);

    /* "null", which sandboxed pages of anybody send, has no authority. */
    if (authority.size == 0)
        return false;
    return origins_have(origins, origin) ||
           slice_equal_nocase(authority, http_header(message, "Host"));
}

/* ---- CORS ---- */

/* True when the response may be read by the page that asks. */
static bool cors_allows(struct slice origin, const char *origins)
{
    return origin.data != NULL && (origins_have(origins, origin) || origins_any(origins));
}

void cors_write(const struct http_message *message, const char *origins, struct buf *out)
{
    struct slice origin;

    if (origins[0] == '\0')
        return;
    origin = http_header(message, "Origin");
    /* Also where nothing is allowed: a cache must not give that answer to another origin. */
    buf_str(out, "Vary: Origin\r\n");
    if (!cors_allows(origin, origins))
        return;
    if (origins_have(origins, origin) && !slice_equal(origin, SLICE("*"))) {
        buf_str(out, "Access-Control-Allow-Origin: ");
        buf_slice(out, origin);
        buf_str(out, "\r\nAccess-Control-Allow-Credentials: true\r\n");
    } else {
        buf_str(out, "Access-Control-Allow-Origin: *\r\n");
    }
    buf_str(out, "Access-Control-Expose-Headers: Retry-After, Last-Event-ID, "
                 "Mercure-Last-Event-ID, Link\r\n");
}

void cors_write_preflight(const struct http_message *message, const char *origins, unsigned methods,
                          struct buf *out)
{
    if (!cors_allows(http_header(message, "Origin"), origins) ||
        http_header(message, "Access-Control-Request-Method").data == NULL)
        return;
    buf_str(out, "Access-Control-Allow-Methods: ");
    methods_write(methods, out);
    buf_str(out, "\r\nAccess-Control-Allow-Headers: authorization, content-type, cache-control, "
                 "last-event-id\r\nAccess-Control-Max-Age: " PREFLIGHT_SECS "\r\n");
}
