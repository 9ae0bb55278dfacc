/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOPIC_URL_H
#define BELFRY_COMMON_TOPIC_URL_H

/* Parses and normalizes URLs as browsers do (WHATWG URL, 4.4).
 *
 * A normalized URL has its scheme and host in lower case and no default port; dot segments are
 * resolved, and characters are percent-encoded where required.
 *
 * It is stricter than the standard: it refuses hosts that are not ASCII (no IDNA), IPv4 hosts that
 * are not four decimal numbers, and control characters anywhere. Windows drive letters have no
 * special meaning. Allocates nothing. Pure. */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

#define URL_SIZE_MAX 1024       /* bytes of a text that is parsed */
#define URL_TEXT_MAX (6 * 1024) /* bytes of all parts: a base's path and a text, all as %XX */

struct url {
    struct slice scheme; /* without the colon */
    struct slice host;   /* with [] around IPv6; empty if there is none */
    struct slice port;   /* decimal; empty if it is the scheme's default */
    struct slice path;
    struct slice query;      /* without the question mark */
    struct slice fragment;   /* without the hash */
    bool has_host;           /* there was an authority, perhaps with an empty host */
    bool opaque;             /* the path is opaque, like that of urn:a:b */
    char text[URL_TEXT_MAX]; /* what the slices point into, unless they are empty */
};

/* Parses a URL. A relative one is resolved against `base`, and is ERR_INVALID if that is NULL.
 * Returns ERR_INVALID or ERR_TOO_LARGE; *out_url is then undefined. The URL must not be moved,
 * since its slices point into it; it does not refer to the base. */
MUST_CHECK enum err url_parse(struct slice text, const struct url *base, struct url *out_url);

#endif
