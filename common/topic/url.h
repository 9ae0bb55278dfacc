/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOPIC_URL_H
#define BELFRY_COMMON_TOPIC_URL_H

/* URLs as browsers read them (WHATWG URL, 4.4), taken apart and normalised: schemes and hosts in
 * lower case, default ports gone, dot segments resolved, what must be is percent-encoded.
 *
 * Where this is narrower than the standard, a text counts as no URL: hosts that are not ASCII (no
 * IDNA), IPv4 hosts that are not four decimal numbers, control characters anywhere. Windows drive
 * letters mean nothing. Nothing is allocated. */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

#define URL_SIZE_MAX 1024       /* bytes of a text that is parsed */
#define URL_TEXT_MAX (6 * 1024) /* all parts together: a base's path and a text, each byte as %XX */

struct url {
    struct slice scheme; /* without the colon */
    struct slice host;   /* with [] around IPv6; empty when there is none */
    struct slice port;   /* decimal; empty when it is the scheme's default */
    struct slice path;
    struct slice query;    /* without the question mark */
    struct slice fragment; /* without the hash */
    bool has_host;         /* there was an authority, maybe with an empty host */
    bool opaque;           /* the path is one, like that of urn:a:b */
    size_t used;
    char text
        [URL_TEXT_MAX]; /* what the slices point into, but for a scheme's name that the base has */
};

/* `base` resolves what is no absolute URL; NULL: that is ERR_INVALID then. ERR_INVALID,
 * ERR_TOO_LARGE. The URL must not be moved, and needs its base no longer. */
MUST_CHECK enum err url_parse(struct slice text, const struct url *base, struct url *out_url);

#endif
