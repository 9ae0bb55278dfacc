/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/access/cors.h"

#include "edge/access/origins.h"
#include "edge/http/request.h"

/* How long browsers may cache a preflight response. Chromium's limit is two hours. */
#define PREFLIGHT_SECS "7200"

/* Returns whether a page of this origin may read the response. */
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
    /* Sent even to an origin that is not allowed: a cache must not give that response to another
     * origin. */
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
