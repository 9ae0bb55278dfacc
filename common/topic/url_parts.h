/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOPIC_URL_PARTS_H
#define BELFRY_COMMON_TOPIC_URL_PARTS_H

/* The parts of a URL on their own: each function appends what a whole URL would have there, and
 * says false when that is not valid or does not fit. */

#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

struct url_out {
    char *data;
    size_t used;
    size_t limit;
};

/* http, https, ws, wss, ftp, file. */
bool url_scheme_special(struct slice scheme);

/* The scheme's default port in decimal, or empty. */
struct slice url_default_port(struct slice scheme);

/* As it is. */
bool url_put(struct url_out *out, struct slice text);

bool url_put_scheme(struct url_out *out, struct slice scheme);
bool url_put_host(struct url_out *out, struct slice host, bool special);

/* A piece of a special scheme's host name: lower case, percent-encoding undone. */
bool url_put_domain(struct url_out *out, struct slice host);

/* Nothing for the scheme's default port. */
bool url_put_port(struct url_out *out, struct slice port, struct slice scheme);

/* A path or a piece of one: `..` never removes more than this call has written. */
bool url_put_path(struct url_out *out, struct slice path, bool special);

/* Percent-encode what may not stand there. */
bool url_put_opaque(struct url_out *out, struct slice path);
bool url_put_query(struct url_out *out, struct slice query, bool special);
bool url_put_fragment(struct url_out *out, struct slice fragment);

#endif
